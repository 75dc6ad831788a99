package policyengine.signature.verified

import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: The image is signed
# description: |
#   The parameter signed_repositories lists patterns of repositories whose images must have a
#   signature that was found to hold, by anybody whom the trust policy or the record knows.
# custom:
#   id: signature.verified
#   severity: high
#   remediation: Sign the image, and give the trust policy with --trust-policy.
#   controls: [CIS-Docker-4.5, CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire, min_signature_days, signed_repositories]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern in data.parameters.signed_repositories
	references.asked_by(pattern)
	not signed
	reason := {
		"msg": sprintf("the image has no signature that holds, as signed_repositories asks of %s", [pattern]),
		"paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]],
	}
}

signed if count(signatures.holding) > 0
