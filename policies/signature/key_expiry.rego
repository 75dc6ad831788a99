package policyengine.signature.key_expiry

import data.policyengine.lib.signatures

# METADATA
# title: Keys that signed have not expired
# description: |
#   Keys of cosign say nothing of an end. The parameter keys_expire gives, by identifier of the
#   key, the first day on which a signature by it does not count. A signature that holds and whose
#   key is not on the list is enough.
# custom:
#   id: signature.key_expiry
#   severity: medium
#   remediation: Sign the image anew, with the key or certificate that followed.
#   controls: [CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire, min_signature_days]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some index, signature in input.trust.signatures
	signature.verified == true
	some keyid in signature.keyids
	day := data.parameters.keys_expire[keyid]
	input.evaluated_at >= day
	count(signatures.holding) == 0
	reason := {
		"msg": sprintf("the key %s that signed the image expired on %s", [keyid, day]),
		"keyid": keyid,
		"paths": [["trust", "signatures", index, "keyids"]],
	}
}

# METADATA
# title: Signatures have not ended
# description: |
#   A signature ends with the metadata of its Notary repository, at the end that notation wrote into
#   it, or with its certificate where no timestamp outlives that. The parameter min_signature_days asks
#   for days that are left until then. A signature that has not ended is enough.
# custom:
#   id: signature.expiry
#   severity: medium
#   remediation: Sign the image anew, with the key or certificate that followed.
#   controls: [CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, cis-docker, nist-800-190, supply-chain]
#   parameters: [keys_expire, min_signature_days]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some index, signature in input.trust.signatures
	signature.verified == true
	signatures.past_end(signature)
	count(signatures.holding) == 0
	reason := {
		"msg": sprintf("the %s signature of the image ends on %s; %v days must be left", [signature.kind, signature.expires, data.parameters.min_signature_days]),
		"paths": [["trust", "signatures", index, "expires"]],
	}
}
