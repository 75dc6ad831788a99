package policyengine.signature.key_expiry

# METADATA
# title: Keys that signed have not expired
# description: |
#   Keys of cosign say nothing of an end. The parameter keys_expire gives, by identifier of the
#   key, the first day on which a signature by it does not count. A signature by another key that
#   is not on the list is enough.
# custom:
#   id: signature.key_expiry
#   severity: medium
#   remediation: Sign the image anew with the key that followed.
#   controls: [CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some index, signature in input.trust.signatures
	signature.verified == true
	some keyid in signature.keyids
	day := data.parameters.keys_expire[keyid]
	input.evaluated_at >= day
	not signed_otherwise
	reason := {
		"msg": sprintf("the key %s that signed the image expired on %s", [keyid, day]),
		"keyid": keyid,
		"paths": [["trust", "signatures", index, "keyids"]],
	}
}

signed_otherwise if {
	some signature in input.trust.signatures
	signature.verified == true
	not expired(signature)
}

expired(signature) if {
	some keyid in signature.keyids
	input.evaluated_at >= data.parameters.keys_expire[keyid]
}
