package policyengine.scan.verdict_test

import data.policyengine.scan.verdict

denied(passed) := result if {
	found := {"policy": "default", "passed": passed, "word": "FAIL"}
	result := verdict.deny with input as {"scan": {"verdicts": [found]}}
}

test_an_image_that_a_scanner_fails_is_denied if {
	denied(false) == {{
		"msg": "the policy default of a scanner fails the image: FAIL",
		"policy": "default",
		"paths": [["scan", "verdicts", 0]],
	}}
}

test_an_image_that_passed_is_not_denied if {
	denied(true) == set()
	denied(null) == set()
}

test_without_a_scan_nothing_is_said if count(verdict.deny) == 0 with input as {}

warned(passed) := result if {
	result := verdict.warn with input as {"scan": {"verdicts": [{"policy": "p", "passed": passed, "word": "maybe"}]}}
}

test_a_word_that_says_neither_is_warned_about if {
	warned(null) == {{
		"msg": "the policy p of a scanner neither passes nor fails the image: maybe",
		"policy": "p",
		"paths": [["scan", "verdicts", 0]],
	}}
}

test_a_word_that_says_one_is_not_warned_about if {
	warned(true) == set()
	warned(false) == set()
}

test_without_a_scan_nothing_is_unclear if verdict.warn == set() with input as {}
