package policyengine.scan.vulnerabilities_test

import data.policyengine.scan.vulnerabilities

finding(severity, state, versions) := {
	"id": "CVE-2099-0001",
	"severity": severity,
	"package": {"name": "openssl", "version": "1"},
	"fix_state": state,
	"fixed_versions": versions,
	"least_fixed_version": null,
	"fix_installed": null,
	"vex": [],
}

limits(fixable, unfixed) := {
	"fixable_severity": fixable,
	"unfixed_severity": unfixed,
	"severity_from": "highest",
	"presence_from": "any",
	"fix_from": "any",
	"trusted_vex_authors": ["Example Security"],
	"trusted_vex_signers": ["release"],
}

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
		with data.parameters as limits("off", "off")
	count(vulnerabilities.warn) == 0 with input as {"scan": {"vulnerabilities": [finding("low", "fixed", [])]}}
		with data.parameters as limits("off", "off")
}

test_without_a_scan_nothing_is_said if {
	count(vulnerabilities.deny) == 0 with input as {} with data.parameters as limits("low", "low")
	count(vulnerabilities.warn) == 0 with input as {} with data.parameters as limits("low", "low")
}

statement(status, changes) := object.union(
	{
		"author": "Example Security",
		"verified": false,
		"signer": null,
		"status": status,
		"justification": "vulnerable_code_not_present",
		"impact_statement": null,
	},
	changes,
)

with_vex(statements) := object.union(finding("critical", "fixed", ["2"]), {"vex": statements})

test_not_affected_by_a_trusted_author_is_not_denied_but_told if {
	item := with_vex([statement("not_affected", {})])
	denied(item, limits("high", "high")) == 0
	told := vulnerabilities.warn with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("high", "high")
	some reason in told
	contains(reason.msg, "Example Security says that CVE-2099-0001 in openssl does not affect the image")
}

test_not_affected_by_who_attested_it_is_not_denied if {
	signed := statement("not_affected", {"author": "x", "verified": true, "signer": "release"})
	denied(with_vex([signed]), limits("high", "high")) == 0
}

test_what_nobody_trusts_changes_nothing if {
	every changes in [
		{"author": "Example security"},
		{"author": null},
		{"author": "x", "signer": "release"},
		{"author": "x", "verified": true, "signer": "other"},
		{"justification": null},
		{"status": "fixed"},
		{"status": "under_investigation"},
		{"status": "affected"},
	] {
		denied(with_vex([statement("not_affected", changes)]), limits("high", "high")) == 1
	}
}

test_a_reason_in_free_text_is_a_reason if {
	text := {
		"justification": null,
		"impact_statement": "the code is not built",
		"verified": true,
		"signer": "release",
	}
	item := with_vex([statement("not_affected", text)])
	denied(item, limits("high", "high")) == 0
	told := vulnerabilities.warn with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("high", "high")
	some reason in told
	startswith(reason.msg, "release says")
	endswith(reason.msg, "the code is not built")
}

test_a_trusted_author_who_objects_is_heard if {
	every status in ["affected", "under_investigation"] {
		both := [statement("not_affected", {}), statement(status, {"verified": true, "signer": "release"})]
		denied(with_vex(both), limits("high", "high")) == 1
	}
	distrusted := [statement("not_affected", {}), statement("affected", {"author": "x"})]
	denied(with_vex(distrusted), limits("high", "high")) == 0
}

test_a_fix_that_is_installed_is_told_and_denied_all_the_same if {
	item := object.union(finding("high", "fixed", ["1"]), {"fix_installed": true})
	denied(item, limits("high", "high")) == 1
	count(vulnerabilities.warn) == 1 with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("high", "high")
}

test_the_least_fix_is_named_where_it_is_known if {
	item := object.union(finding("high", "fixed", ["2", "3"]), {"least_fixed_version": "2"})
	reasons := vulnerabilities.deny with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("high", "high")
	{reason.msg | some reason in reasons} == {"CVE-2099-0001 (high) in openssl 1 is fixed in 2"}
}

test_the_vendors_severity_decides_where_the_bundle_says_so if {
	words := [
		{"scanner": "a", "kind": "nvd", "chosen": true, "severity": "critical"},
		{"scanner": "a", "kind": "vendor", "chosen": false, "severity": "low"},
	]
	item := object.union(finding("critical", "fixed", ["2"]), {"severities": words})
	denied(item, limits("high", "high")) == 1
	denied(item, object.union(limits("high", "high"), {"severity_from": "vendor"})) == 0
}

test_the_whole_result_of_deny if {
	vulnerabilities.deny == {{"aliases": [], "msg": "CVE-2099-0001 (high) in openssl 1 is fixed in ", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "high", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "fixed", "fixed_versions": [], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "high", "vex": []}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "high", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "off"}
}

test_the_whole_result_of_deny_2 if {
	vulnerabilities.deny == {{"aliases": [], "msg": "CVE-2099-0001 (high) in openssl 1 is fixed in 2", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "high", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "fixed", "fixed_versions": ["2"], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "high", "vex": []}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "high", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "off"}
}

test_the_whole_result_of_warn_3 if {
	vulnerabilities.warn == {{"aliases": [], "msg": "the severity of CVE-2099-0001 in openssl is not known", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "fixed", "fixed_versions": [], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "unknown", "vex": []}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "off", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "off"}
}

test_the_whole_result_of_warn_4 if {
	vulnerabilities.warn == {{"aliases": [], "msg": "CVE-2099-0001 in openssl is said to be fixed in 1, and 1 is installed", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "low", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": true, "fix_state": "fixed", "fixed_versions": ["1"], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "high", "vex": []}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "high", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "high"}
}

test_the_whole_result_of_deny_5 if {
	vulnerabilities.deny == {{"aliases": [], "msg": "CVE-2099-0001 (critical) in openssl 1 has no fix", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "critical", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "wont_fix", "fixed_versions": [], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "critical", "vex": []}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "off", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "critical"}
}

test_the_whole_result_of_warn_6 if {
	vulnerabilities.warn == {{"aliases": [], "msg": "release says that CVE-2099-0001 in openssl does not affect the image: the code is not built", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "low", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "fixed", "fixed_versions": ["2"], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "critical", "vex": [{"author": "Example Security", "impact_statement": "the code is not built", "justification": null, "signer": "release", "status": "not_affected", "verified": true}]}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "high", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "high"}
}

test_the_whole_result_of_warn_7 if {
	vulnerabilities.warn == {{"aliases": [], "msg": "Example Security says that CVE-2099-0001 in openssl does not affect the image: vulnerable_code_not_present", "package": "openssl", "path": null, "paths": [["scan", "vulnerabilities", 0]], "severity": "low", "version": "1", "vulnerability": "CVE-2099-0001"}} with input as {"scan": {"vulnerabilities": [{"fix_installed": null, "fix_state": "fixed", "fixed_versions": ["2"], "id": "CVE-2099-0001", "least_fixed_version": null, "package": {"name": "openssl", "version": "1"}, "severity": "critical", "vex": [{"author": "Example Security", "impact_statement": null, "justification": "vulnerable_code_not_present", "signer": null, "status": "not_affected", "verified": false}]}]}}
		with data.parameters as {"fix_from": "any", "fixable_severity": "high", "presence_from": "any", "severity_from": "highest", "trusted_vex_authors": ["Example Security"], "trusted_vex_signers": ["release"], "unfixed_severity": "high"}
}

known_by(reasons) := {object.remove(reason, ["msg", "severity"]) | some reason in reasons}

test_every_reason_is_known_by_the_package_and_all_names_of_the_finding if {
	statements := [statement("not_affected", {})]
	base := object.union(finding("high", "fixed", ["2"]), {
		"aliases": ["GHSA-1"],
		"package": {"name": "openssl", "version": "1", "path": "/usr/lib/ssl"},
	})
	wanted := {{
		"vulnerability": "CVE-2099-0001",
		"aliases": ["GHSA-1"],
		"package": "openssl",
		"version": "1",
		"path": "/usr/lib/ssl",
		"paths": [["scan", "vulnerabilities", 0]],
	}}
	every change in [{}, {"fix_state": "not_fixed", "fixed_versions": []}] {
		item := object.union(base, change)
		reasons := vulnerabilities.deny with input as {"scan": {"vulnerabilities": [item]}}
			with data.parameters as limits("high", "high")
		known_by(reasons) == wanted
	}
	every change in [{"severity": "unknown"}, {"fix_installed": true}, {"vex": statements}] {
		item := object.union(base, change)
		reasons := vulnerabilities.warn with input as {"scan": {"vulnerabilities": [item]}}
			with data.parameters as limits("high", "high")
		known_by(reasons) == wanted
	}
}

test_a_package_whose_version_is_not_known_is_known_by_none if {
	item := {
		"id": "CVE-2099-0001",
		"severity": "unknown",
		"package": {"name": "openssl"},
		"vex": [statement("not_affected", {})],
	}
	told := vulnerabilities.warn with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("off", "off")
	count(told) == 2
	{reason.version | some reason in told} == {null}
}

test_all_versions_that_fix_it_are_named_unless_the_least_is_known if {
	item := finding("high", "fixed", ["2", "3"])
	{reason.msg | some reason in reasons_of(item)} == {"CVE-2099-0001 (high) in openssl 1 is fixed in 2 or 3"}
	untold := object.remove(item, ["least_fixed_version"])
	{reason.msg | some reason in reasons_of(untold)} == {"CVE-2099-0001 (high) in openssl 1 is fixed in 2 or 3"}
	least := object.union(item, {"least_fixed_version": "2"})
	{reason.msg | some reason in reasons_of(least)} == {"CVE-2099-0001 (high) in openssl 1 is fixed in 2"}
}

reasons_of(item) := result if {
	result := vulnerabilities.deny with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("high", "off")
}

test_all_versions_that_are_said_to_fix_it_are_named_where_the_fix_is_installed if {
	item := object.union(finding("high", "fixed", ["1", "0"]), {"fix_installed": true})
	told := vulnerabilities.warn with input as {"scan": {"vulnerabilities": [item]}}
		with data.parameters as limits("off", "off")
	{reason.msg | some reason in told} == {"CVE-2099-0001 in openssl is said to be fixed in 1 or 0, and 1 is installed"}
}

test_one_scanner_of_two_is_not_enough_where_they_must_agree if {
	lone := {"reported_by": [{"scanner": "a"}], "not_reported_by": [{"scanner": "b"}]}
	every state in ["fixed", "not_fixed"] {
		item := object.union(finding("high", state, []), lone)
		denied(item, limits("high", "high")) == 1
		denied(item, object.union(limits("high", "high"), {"presence_from": "agreement"})) == 0
	}
}

test_what_does_not_affect_the_image_is_not_denied_for_want_of_a_fix if {
	item := object.union(finding("high", "not_fixed", []), {"vex": [statement("not_affected", {})]})
	denied(item, limits("off", "high")) == 0
}
