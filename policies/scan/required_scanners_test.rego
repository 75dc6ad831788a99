package policyengine.scan.required_scanners_test

import data.policyengine.scan.required_scanners

denied(reports) := result if {
	result := required_scanners.deny with input as {"scan": {"reports": reports}}
		with data.parameters as {"required_scanners": ["grype", "trivy"]}
}

report(scanner, covers) := {"scanner": scanner, "covers_vulnerabilities": covers}

test_a_scanner_that_did_not_look_is_denied if {
	{reason.msg | some reason in denied([report("trivy", false), report("other", true)])} == {
		"grype did not look for vulnerabilities in the image",
		"trivy did not look for vulnerabilities in the image",
	}
	denied([report("trivy", true)]) == {{
		"msg": "grype did not look for vulnerabilities in the image",
		"scanner": "grype",
		"paths": [["scan", "reports"]],
	}}
}

test_all_of_them_are_enough if denied([report("trivy", true), report("grype", true)]) == set()

test_an_empty_list_asks_nothing if {
	required_scanners.deny == set() with input as {} with data.parameters as {"required_scanners": []}
}

test_without_a_scan_nobody_looked if {
	count(required_scanners.deny) == 1 with input as {} with data.parameters as {"required_scanners": ["trivy"]}
}
