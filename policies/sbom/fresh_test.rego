package policyengine.sbom.fresh_test

import data.policyengine.sbom.fresh

day := 86400000000000

now := 1000 * day

denied(made, limit) := result if {
	documents := [{"format": "spdx", "created_ns": moment} | some moment in made]
	result := fresh.deny with input as {"evaluated_at_ns": now, "sbom": {"documents": documents}}
		with data.parameters as {"max_sbom_age_days": limit}
}

test_an_old_sbom_is_denied if {
	some reason in denied([now, now - (31 * day)], 30)
	reason.msg == "the SBOM 1 (spdx) is 31 days old; the limit is 30 days"
	reason.paths == [["sbom", "documents", 1, "created"]]
}

test_a_date_that_is_unknown_or_to_come_is_denied if {
	{reason.msg | some reason in denied([null], 30)} == {"the SBOM 0 (spdx) does not say on which day it was made; the limit is 30 days"}
	{reason.msg | some reason in denied([now + (2 * day)], 30)} == {"the SBOM 0 (spdx) says that it was made at a time to come; the limit is 30 days"}
}

test_a_recent_sbom_is_not_denied if denied([now - (30 * day), now], 30) == set()

test_the_least_limit_is_a_day if {
	count(denied([now - (2 * day)], 1)) == 1
	denied([now - day], 1) == set()
}

test_no_limit_asks_nothing if denied([null], 0) == set()

test_without_an_sbom_nothing_is_said if {
	fresh.deny == set() with input as {"evaluated_at_ns": now} with data.parameters as {"max_sbom_age_days": 1}
}
