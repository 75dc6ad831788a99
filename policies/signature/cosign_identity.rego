package policyengine.signature.cosign_identity

import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: cosign signed for an expected identity
# description: |
#   The parameter cosign_identities maps patterns of repositories to identities with their issuers,
#   of which one must have made a cosign signature that holds. The same name by another issuer is
#   another identity.
# custom:
#   id: signature.cosign_identity
#   severity: high
#   remediation: Sign in the workflow, or as the person, that is expected.
#   controls: [CIS-Docker-4.5, CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [cosign_identities, keys_expire, min_signature_days]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern, expected in data.parameters.cosign_identities
	references.asked_by(pattern)
	not signed_by(expected)
	reason := {
		"msg": sprintf("cosign did not sign the image for an identity that cosign_identities names for %s", [pattern]),
		"paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]],
	}
}

signed_by(expected) if {
	some index in signatures.holding
	signature := input.trust.signatures[index]
	signature.kind == "cosign"
	is_string(signature.identity)
	some entry in expected
	entry.issuer == signature.issuer
	glob.match(entry.identity, ["/"], signature.identity)
}
