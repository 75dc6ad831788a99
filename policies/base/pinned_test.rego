package policyengine.base.pinned_test

import data.policyengine.base.pinned

denied(base) := result if {
	result := pinned.deny with input as {"base": base}
}

test_a_base_without_a_digest_is_denied if {
	some reason in denied({"name": "a:1", "digest": null})
	reason.msg == "the digest of the base image is not known: a:1"
	some other in denied(null)
	endswith(other.msg, "no name either")
}

test_a_base_with_a_digest_is_not_denied if denied({"name": null, "digest": "sha256:0"}) == set()

test_without_evidence_the_digest_is_unknown if count(pinned.deny) == 1 with input as {}

test_the_whole_result_of_deny if {
	pinned.deny == {{"msg": "the digest of the base image is not known: it has no name either", "paths": [["base", "name"], ["base", "digest"]]}} with input as {}
}

test_the_whole_result_of_deny_2 if {
	pinned.deny == {{"msg": "the digest of the base image is not known: a:1", "paths": [["base", "name"], ["base", "digest"]]}} with input as {"base": {"digest": null, "name": "a:1"}}
}

test_what_is_said_of_a_base_without_a_name if {
	some reason in denied({"name": null, "digest": null})
	reason.msg == "the digest of the base image is not known: it has no name either"
}
