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
