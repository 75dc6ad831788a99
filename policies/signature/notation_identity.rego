package policyengine.signature.notation_identity

import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: notation signed for an expected subject
# description: |
#   The parameter notation_identities maps patterns of repositories to subjects of certificates, of
#   which one must have made a notation signature that holds.
# custom:
#   id: signature.notation_identity
#   severity: high
#   remediation: Sign with a certificate of an expected subject.
#   controls: [CIS-Docker-4.5, CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire, min_signature_days, notation_identities]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern, expected in data.parameters.notation_identities
	references.asked_by(pattern)
	not signed_by(expected)
	reason := {
		"msg": sprintf("notation did not sign the image for a subject that notation_identities names for %s", [pattern]),
		"paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]],
	}
}

signed_by(expected) if {
	some index in signatures.holding
	signature := input.trust.signatures[index]
	signature.kind == "notation"
	is_string(signature.identity)
	some name in expected
	glob.match(name, null, signature.identity)
}
