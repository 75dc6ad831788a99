package policyengine.base.known_test

import data.policyengine.base.known

denied(base) := result if {
	result := known.deny with input as {"base": base}
}

test_an_unknown_base_is_denied if {
	every base in [null, {"name": null}] {
		some reason in denied(base)
		reason.msg == "nothing says what the image was built on"
	}
}

test_a_named_base_is_not_denied if denied({"name": "a"}) == set()

test_without_evidence_the_base_is_unknown if count(known.deny) == 1 with input as {}

test_the_whole_result_of_deny if {
	known.deny == {{"msg": "nothing says what the image was built on", "paths": [["base", "name"]]}} with input as {}
}
