package policyengine.scan.misconfigurations_test

import data.policyengine.scan.misconfigurations

denied(severity, threshold) := result if {
	check := {"id": "DS002", "title": "Image user is root", "severity": severity, "path": "Dockerfile"}
	result := misconfigurations.deny with input as {"scan": {"misconfigurations": [check]}}
		with data.parameters as {"misconfiguration_severity": threshold}
}

test_a_severe_misconfiguration_is_denied if {
	denied("high", "high") == {{
		"msg": "DS002: Image user is root",
		"severity": "high",
		"check": "DS002",
		"path": "Dockerfile",
		"paths": [["scan", "misconfigurations", 0]],
	}}
}

test_a_milder_one_is_not_denied if denied("medium", "high") == set()

test_off_switches_it_off if denied("critical", "off") == set()

test_without_a_scan_nothing_is_said if {
	misconfigurations.deny == set() with input as {} with data.parameters as {"misconfiguration_severity": "low"}
}
