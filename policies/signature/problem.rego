package policyengine.signature.problem

# METADATA
# title: Signatures hold
# description: |
#   A signature of this image that does not hold is the work of somebody who may not sign, or of a
#   key that is gone.
# custom:
#   id: signature.problem
#   severity: low
#   remediation: See who signed, and remove the signature or trust the signer.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, nist-800-190, production, supply-chain]
#   evidence:
#     optional: [trust]
warn contains reason if {
	some index, signature in input.trust.signatures
	is_string(signature.problem)
	reason := {
		"msg": sprintf("a signature by %s does not hold: %s", [signature.kind, signature.problem]),
		"paths": [["trust", "signatures", index, "problem"]],
	}
}
