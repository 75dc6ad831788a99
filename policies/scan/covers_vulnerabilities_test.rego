package policyengine.scan.covers_vulnerabilities_test

import data.policyengine.scan.covers_vulnerabilities

denied(covers) := result if {
	reports := [{"covers_vulnerabilities": value} | some value in covers]
	result := covers_vulnerabilities.deny with input as {"scan": {"reports": reports}}
}

test_reports_that_look_elsewhere_are_denied if {
	denied([false, false]) == {{"msg": "no report looked for vulnerabilities everywhere in the image", "paths": [["scan", "reports"]]}}
	count(denied([])) == 1
}

test_one_report_that_looked_is_enough if denied([false, true]) == set()

test_without_a_scan_nothing_is_said if count(covers_vulnerabilities.deny) == 0 with input as {}
