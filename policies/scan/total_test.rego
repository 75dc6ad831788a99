package policyengine.scan.total_test

import data.policyengine.scan.total

denied(severities, limits) := result if {
	found := [{"id": "CVE-1", "severity": severity} | some severity in severities]
	result := total.deny with input as {"scan": {"vulnerabilities": found}}
		with data.parameters as {"max_vulnerabilities": limits}
}

test_more_than_the_limit_are_denied if {
	denied(["low", "low", "high"], {"low": 1, "high": 1, "medium": 0}) == {{
		"msg": "the image has 2 vulnerabilities of severity low; the limit is 1",
		"severity": "low",
		"paths": [["scan", "vulnerabilities"]],
	}}
}

test_as_many_as_the_limit_are_not_denied if denied(["low"], {"low": 1}) == set()

test_a_severity_without_a_limit_is_not_denied if denied(["low"], {"high": 0}) == set()

test_without_a_scan_nothing_is_said if {
	total.deny == set() with input as {} with data.parameters as {"max_vulnerabilities": {"low": 0}}
}
