package policyengine.signature.notary_anchor_test

import data.policyengine.signature.notary_anchor

denied(anchor) := result if {
	result := notary_anchor.deny with input as {"trust": {"records": [{"anchor": anchor, "repository": "r.example/a"}]}}
}

test_a_root_taken_on_first_use_is_denied if {
	denied("first_use") == {{
		"msg": "the root of the Notary repository was taken on first use",
		"repository": "r.example/a",
		"paths": [["trust", "records", 0, "anchor"], ["trust", "records", 0, "repository"]],
	}}
}

test_a_known_root_is_not_denied if {
	every anchor in ["pinned", "known", null] {
		denied(anchor) == set()
	}
}

test_without_trust_data_nothing_is_said if count(notary_anchor.deny) == 0 with input as {}
