package policyengine.trust.required_signers

import data.policyengine.lib.references
import data.policyengine.lib.signatures

# METADATA
# title: The image is signed by a required signer
# description: |
#   The parameter required_signers maps patterns of repositories, with their registry, to signers.
#   For each pattern that the image's repository matches, one of its signers must have signed this
#   very image. Where no pattern matches, no signature is asked for.
# custom:
#   id: trust.required_signers
#   severity: high
#   remediation: Have a required signer sign the image, and give the trust data with --trust.
#   controls: [CIS-Docker-4.5, CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, baseline, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [keys_expire, min_signature_days, required_signers]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern, signers in data.parameters.required_signers
	references.asked_by(pattern)
	not signed_by(signers)
	reason := {
		"msg": concat("", ["the image is not signed by ", concat(" or ", signers), ", as required_signers asks of ", pattern]),
		"paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]],
	}
}

signed_by(signers) if {
	some index in signatures.holding
	input.trust.signatures[index].signer in signers
}
