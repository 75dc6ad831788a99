package policyengine.license.allowed_test

import data.policyengine.license.allowed

denied(expression, ids) := result if {
	license := {"value": "as written", "expression": expression, "ids": ids}
	result := allowed.deny with input as {"sbom": {"packages": [{"name": "a", "version": "1", "licenses": [license]}]}}
		with data.parameters as {"allowed_licenses": ["MIT", "Apache-2.0", "GPL-2.0-only", "Classpath-exception-2.0"]}
}

test_another_licence_is_denied if {
	some reason in denied("BSD-3-Clause", ["BSD-3-Clause"])
	reason.msg == "the package a is under the licence as written, which is not an allowed one"
	reason.package == "a"
	reason.license == "as written"
	reason.version == "1"
	reason.paths == [["sbom", "packages", 0, "licenses", 0, "value"]]
	every expression in ["MIT AND BSD-3-Clause", "BSD-3-Clause OR ISC", "MIT WITH LLVM-exception", "MITX"] {
		count(denied(expression, [])) == 1
	}
}

test_in_parentheses_all_must_be_allowed if {
	count(denied("MIT AND (ISC OR Apache-2.0)", ["MIT", "ISC", "Apache-2.0"])) == 1
	count(denied("(ISC) OR MIT", ["ISC", "MIT"])) == 1
	denied("MIT AND (MIT OR Apache-2.0)", ["MIT", "Apache-2.0"]) == set()
}

test_free_text_is_denied if count(denied(null, [])) == 1

test_an_allowed_licence_is_not_denied if {
	every expression in [
		"MIT", "mit", "MIT OR ISC", "ISC OR MIT", "MIT AND Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0",
	] {
		denied(expression, []) == set()
	}
}

test_an_empty_list_allows_any if {
	item := {"name": "a", "version": "1", "licenses": [{"value": "x", "expression": null, "ids": []}]}
	allowed.deny == set() with input as {"sbom": {"packages": [item]}} with data.parameters as {"allowed_licenses": []}
}

test_without_an_sbom_nothing_is_said if {
	allowed.deny == set() with input as {} with data.parameters as {"allowed_licenses": ["MIT"]}
}

test_a_list_of_one_is_a_list if {
	item := {"name": "a", "version": "1", "licenses": [{"value": "ISC", "expression": "ISC", "ids": ["ISC"]}]}
	count(allowed.deny) == 1 with input as {"sbom": {"packages": [item]}}
		with data.parameters as {"allowed_licenses": ["MIT"]}
}
