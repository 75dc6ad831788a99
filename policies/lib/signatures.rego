# METADATA
# title: Signatures that hold
# description: |
#   A signature counts where it was verified for the image, and has not ended since: a document may be
#   judged long after its signatures were verified. It ends on the day that the parameter keys_expire
#   gives for its key, or at its own end: that of the metadata of a Notary repository, of a notation
#   signature, or of its certificate where no timestamp outlives it. min_signature_days asks for
#   days that must be left until then.
package policyengine.lib.signatures

import data.policyengine.lib.ages

# METADATA
# description: The indexes of the signatures that were verified and have not ended.
holding contains index if {
	some index, signature in input.trust.signatures
	signature.verified == true
	not ended(signature)
}

# METADATA
# description: Whether a signature does not count any more.
ended(signature) if past_end(signature)

ended(signature) if {
	some keyid in signature.keyids
	input.evaluated_at >= data.parameters.keys_expire[keyid]
}

# METADATA
# description: Whether a signature ends by itself, by now or sooner than is asked for.
past_end(signature) if {
	is_number(signature.expires_ns)
	signature.expires_ns <= input.evaluated_at_ns + (data.parameters.min_signature_days * ages.day)
}
