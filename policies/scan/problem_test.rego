package policyengine.scan.problem_test

import data.policyengine.scan.problem

warned(found) := result if {
	result := problem.warn with input as {"scan": {"reports": [{"scanner": "grype", "problem": found}]}}
}

test_what_was_left_out_is_warned_about if {
	some reason in warned("no database of Alpine")
	reason.msg == "grype did not see everything: no database of Alpine"
	reason.scanner == "grype"
	reason.paths == [["scan", "reports", 0, "problem"]]
}

test_a_report_without_problems_is_not_warned_about if warned(null) == set()

test_without_a_scan_nothing_is_said if count(problem.warn) == 0 with input as {}
