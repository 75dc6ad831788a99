package policyengine.signature.required_kinds

import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: The image is signed by a required system
# description: |
#   The parameter required_signature_kinds maps patterns of repositories to signing systems, such
#   as notary or cosign, of which one must have made a signature that holds.
# custom:
#   id: signature.required_kinds
#   severity: medium
#   remediation: Sign the image with one of the systems.
#   controls: [CIS-Docker-4.5, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire, min_signature_days, required_signature_kinds]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern, kinds in data.parameters.required_signature_kinds
	references.asked_by(pattern)
	not signed_by(kinds)
	reason := {
		"msg": concat("", [
			"the image has no signature that holds by ",
			concat(" or ", kinds),
			", as required_signature_kinds asks of ",
			pattern,
		]),
		"paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]],
	}
}

signed_by(kinds) if {
	some index in signatures.holding
	input.trust.signatures[index].kind in kinds
}
