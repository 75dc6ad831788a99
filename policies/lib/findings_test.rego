package policyengine.lib.findings_test

import data.policyengine.lib.findings

by(reporting, silent) := {
	"reported_by": [{"scanner": name} | some name in reporting],
	"not_reported_by": [{"scanner": name} | some name in silent],
}

test_one_scanner_is_enough_unless_the_bundle_says_otherwise if {
	findings.reported(by(["a"], ["b"]), "any")
	not findings.reported(by(["a"], ["b"]), "agreement")
	findings.reported(by(["a", "b"], ["c"]), "agreement")
}

test_a_scanner_that_is_alone_needs_nobody_to_agree if {
	findings.reported(by(["a"], []), "agreement")
	findings.reported(by(["a"], ["a"]), "agreement")
}

fixed(reporting, fixes) := object.union(by(reporting, []), {
	"fix_state": "fixed",
	"fixed_versions": ["2"],
	"fixes": [{"scanner": name, "fix_state": state, "fixed_versions": []} | some name, state in fixes],
})

test_a_fix_that_one_of_two_knows_is_a_matter_of_the_parameter if {
	one := fixed(["a", "b"], {"a": "fixed", "b": "not_fixed"})
	findings.fixable(one, "any")
	not findings.fixable(one, "agreement")
	findings.fixable(fixed(["a", "b"], {"a": "fixed", "b": "fixed"}), "agreement")
	findings.fixable(fixed(["a"], {"a": "fixed"}), "agreement")
	not findings.fixable(fixed(["a"], {"a": "not_fixed"}), "agreement")
}

test_a_version_that_fixes_it_is_a_fix if {
	fixes := [{"scanner": "a", "fix_state": "unknown", "fixed_versions": ["2"]}]
	findings.fixable(object.union(by(["a"], []), {"fixes": fixes}), "agreement")
}

test_any_asks_for_no_more_than_one if {
	findings.fixable({"fix_state": "fixed", "fixed_versions": []}, "any")
	findings.fixable({"fix_state": "unknown", "fixed_versions": ["2"]}, "any")
	not findings.fixable({"fix_state": "unknown", "fixed_versions": []}, "any")
	not findings.fixable({"fix_state": "not_fixed", "fixed_versions": []}, "any")
	findings.fixable(fixed(["a", "b"], {"a": "not_fixed", "b": "not_fixed"}), "any")
}

test_two_that_know_a_fix_are_enough_of_three if {
	three := ["a", "b", "c"]
	findings.fixable(fixed(three, {"a": "fixed", "b": "fixed", "c": "not_fixed"}), "agreement")
	not findings.fixable(fixed(three, {"a": "fixed", "b": "not_fixed", "c": "not_fixed"}), "agreement")
}

test_where_nobody_knows_a_fix_there_is_none if {
	not findings.fixable(fixed([], {}), "agreement")
	not findings.fixable(fixed(["a"], {}), "agreement")
}

test_another_choice_finds_nothing if {
	not findings.reported(by(["a", "b"], []), "all")
	not findings.reported(by(["a"], []), "all")
	not findings.fixable(fixed(["a", "b"], {"a": "fixed", "b": "fixed"}), "all")
	not findings.fixable(fixed(["a"], {"a": "fixed"}), "all")
}

said(changes) := object.union(
	{
		"status": "not_affected",
		"author": "me",
		"justification": "component_not_present",
		"impact_statement": null,
		"verified": false,
		"signer": null,
	},
	changes,
)

dismissed(statements) := findings.dismissals({"vex": statements}, ["me"], ["release"])

test_what_a_trusted_author_explains_dismisses if {
	every changes in [
		{},
		{"justification": null, "impact_statement": "the code is not built"},
		{"author": "other", "verified": true, "signer": "release"},
		{"author": null, "verified": true, "signer": "release"},
		{"verified": true, "signer": "other"},
	] {
		dismissed([said(changes)]) == {said(changes)}
	}
}

test_anything_else_does_not_dismiss if {
	every changes in [
		{"justification": null},
		{"status": "fixed"},
		{"status": "affected"},
		{"status": "under_investigation"},
		{"author": "other"},
		{"author": null},
		{"author": "other", "signer": "release"},
		{"author": "other", "verified": true},
		{"author": "other", "verified": true, "signer": "other"},
	] {
		dismissed([said(changes)]) == set()
	}
	dismissed([]) == set()
}

test_a_trusted_objection_outweighs_what_dismisses if {
	every status in ["affected", "under_investigation"] {
		dismissed([said({}), said({"status": status})]) == set()
		dismissed([said({}), said({"status": status, "author": "other", "verified": true, "signer": "release"})]) == set()
		dismissed([said({}), said({"status": status, "author": "other"})]) == {said({})}
		dismissed([said({}), said({"status": status, "author": "other", "signer": "release"})]) == {said({})}
	}
	dismissed([said({}), said({"status": "fixed"})]) == {said({})}
}
