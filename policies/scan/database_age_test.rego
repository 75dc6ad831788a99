package policyengine.scan.database_age_test

import data.policyengine.scan.database_age

day := 86400000000000

now := 1000 * day

denied(reports, limit) := result if {
	result := database_age.deny with input as {"evaluated_at_ns": now, "scan": {"reports": reports}}
		with data.parameters as {"max_database_age_days": limit}
}

report(made) := {"covers_vulnerabilities": true, "database_built_at_ns": made}

test_what_is_old_is_denied if {
	some reason in denied([report(now - (8 * day))], 7)
	contains(reason.msg, "at most 7 days old")
	reason.paths == [["scan", "reports"]]
}

test_what_is_of_unknown_age_or_from_the_future_is_denied if {
	every made in [null, now + (2 * day)] {
		count(denied([report(made)], 7)) == 1
	}
	count(denied([], 7)) == 1
}

test_a_report_that_looked_for_something_else_does_not_count if {
	count(denied([{"covers_vulnerabilities": false, "database_built_at_ns": now}], 7)) == 1
}

test_one_that_is_recent_is_enough if denied([report(null), report(now - (7 * day))], 7) == set()

test_the_least_limit_is_a_day if {
	count(denied([report(now - (2 * day))], 1)) == 1
	denied([report(now - day)], 1) == set()
}

test_no_limit_asks_nothing if denied([], 0) == set()

test_without_a_scan_the_age_is_unknown if {
	count(database_age.deny) == 1 with input as {"evaluated_at_ns": now} with data.parameters as {"max_database_age_days": 7}
}
