package policyengine.scan.vulnerabilities_test

import data.policyengine.scan.vulnerabilities

finding(severity, state, versions) := {
	"id": "CVE-2099-0001",
	"severity": severity,
	"package": {"name": "openssl", "version": "1"},
	"fix_state": state,
	"fixed_versions": versions,
}

limits(fixable, unfixed) := {"fixable_severity": fixable, "unfixed_severity": unfixed}

denied(item, parameters) := result if {
	result := count(vulnerabilities.deny) with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as parameters
}

test_a_severe_vulnerability_with_a_fix_is_denied if {
	every severity in ["high", "critical"] {
		denied(finding(severity, "fixed", ["2"]), limits("high", "off")) == 1
	}
}

test_a_fix_is_known_by_state_or_by_version if {
	denied(finding("high", "fixed", []), limits("high", "off")) == 1
	denied(finding("high", "unknown", ["2"]), limits("high", "off")) == 1
}

test_a_milder_vulnerability_is_not_denied if {
	every severity in ["none", "negligible", "low", "medium", "unknown"] {
		denied(finding(severity, "fixed", ["2"]), limits("high", "high")) == 0
	}
}

test_a_vulnerability_without_a_fix_has_its_own_limit if {
	denied(finding("high", "not_fixed", []), limits("high", "critical")) == 0
	denied(finding("critical", "not_fixed", []), limits("off", "critical")) == 1
	denied(finding("critical", "wont_fix", []), limits("off", "critical")) == 1
}

test_off_switches_each_rule_off_by_itself if {
	denied(finding("critical", "fixed", ["2"]), limits("off", "low")) == 0
	denied(finding("critical", "not_fixed", []), limits("low", "off")) == 0
}

test_two_findings_are_two_reasons if {
	items := [finding("high", "fixed", ["2"]), finding("high", "fixed", ["2"])]
	count(vulnerabilities.deny) == 2 with input as {"scan": {"vulnerabilities": items}}
		with data.parameters as limits("high", "off")
}

test_an_unknown_severity_is_a_warning if {
	count(vulnerabilities.warn) == 1 with input as {"scan": {"vulnerabilities": [finding("unknown", "fixed", [])]}}
	count(vulnerabilities.warn) == 0 with input as {"scan": {"vulnerabilities": [finding("low", "fixed", [])]}}
}

test_without_a_scan_nothing_is_said if {
	count(vulnerabilities.deny) == 0 with input as {} with data.parameters as limits("low", "low")
	count(vulnerabilities.warn) == 0 with input as {}
}
