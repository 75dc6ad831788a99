package policyengine.scan.end_of_life_test

import data.policyengine.scan.end_of_life

denied(ended, distribution) := result if {
	report := {"scanner": "trivy", "end_of_life": ended, "distribution": distribution}
	result := end_of_life.deny with input as {"scan": {"reports": [report]}}
}

test_a_distribution_without_support_is_denied if {
	denied(true, "debian 9") == {{
		"msg": "the distribution is beyond its end of life: debian 9",
		"scanner": "trivy",
		"paths": [["scan", "reports", 0, "distribution"], ["scan", "reports", 0, "end_of_life"]],
	}}
	some other in denied(true, null)
	endswith(other.msg, "it is not named")
}

test_another_distribution_is_not_denied if {
	denied(false, "debian 13") == set()
	denied(null, null) == set()
}

test_without_a_scan_nothing_is_said if count(end_of_life.deny) == 0 with input as {}
