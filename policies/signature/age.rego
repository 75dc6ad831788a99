package policyengine.signature.age

import data.policyengine.lib.ages
import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: The signature is recent
# description: |
#   The parameter max_signature_age_days sets the limit; 0 switches the rule off. One recent
#   signature that holds is enough; one that does not say when it was made counts as old.
# custom:
#   id: signature.age
#   severity: low
#   remediation: Sign the image anew.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [nist-800-190, supply-chain]
#   parameters: [keys_expire, max_signature_age_days, min_signature_days]
#   evidence:
#     optional: [trust]
deny contains reason if {
	data.parameters.max_signature_age_days > 0
	not recent
	not references.dockerfile_alone
	reason := {
		"msg": sprintf("no signature that holds is known to be at most %v days old", [data.parameters.max_signature_age_days]),
		"paths": [["trust", "signatures"]],
	}
}

recent if {
	some index in signatures.holding
	signature := input.trust.signatures[index]
	made := signature.signed_at_ns
	is_number(made)
	not ages.in_future(made)
	ages.days(made) <= data.parameters.max_signature_age_days
}
