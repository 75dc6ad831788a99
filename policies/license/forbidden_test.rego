package policyengine.license.forbidden_test

import data.policyengine.license.forbidden

denied(expression) := result if {
	result := count(forbidden.deny) with input as {"sbom": {"packages": [{"name": "x", "licenses": [{"value": expression}]}]}}
		with data.parameters as {"forbidden_licenses": ["AGPL-3.0-only", "SSPL-1.0"]}
}

test_a_forbidden_licence_is_denied if {
	every expression in [
		"AGPL-3.0-only",
		"agpl-3.0-ONLY",
		" AGPL-3.0-only ",
		"MIT AND AGPL-3.0-only",
		"AGPL-3.0-only OR SSPL-1.0",
		"AGPL-3.0-only WITH Classpath-exception-2.0",
		"MIT AND (Apache-2.0 OR SSPL-1.0)",
		"(AGPL-3.0-only)",
	] {
		denied(expression) == 1
	}
}

test_a_listed_text_with_parentheses_is_denied if {
	licensed := {"sbom": {"packages": [{"name": "x", "licenses": [{"value": "GPL (>= 2)"}]}]}}
	count(forbidden.deny) == 1 with input as licensed with data.parameters as {"forbidden_licenses": ["gpl (>= 2)"]}
	count(forbidden.deny) == 0 with input as licensed with data.parameters as {"forbidden_licenses": ["GPL-2.0-only"]}
}

test_an_allowed_alternative_is_enough if {
	denied("MIT OR AGPL-3.0-only") == 0
	denied("AGPL-3.0-only or MIT") == 0
}

test_another_licence_is_not_denied if {
	every expression in ["MIT", "AGPL-3.0-only-but-longer", "GPL-2.0-only AND MIT", "LicenseRef-x", "", "MIT AND (ISC OR Apache-2.0)"] {
		denied(expression) == 0
	}
}

test_without_an_sbom_nothing_is_said if {
	count(forbidden.deny) == 0 with input as {} with data.parameters as {"forbidden_licenses": ["MIT"]}
}

test_the_whole_result_of_deny if {
	forbidden.deny == {{"license": "AGPL-3.0-only", "msg": "the package x is under the forbidden licence AGPL-3.0-only", "package": "x", "paths": [["sbom", "packages", 0, "licenses", 0, "value"]]}} with input as {"sbom": {"packages": [{"licenses": [{"value": "AGPL-3.0-only"}], "name": "x"}]}}
		with data.parameters as {"forbidden_licenses": ["AGPL-3.0-only", "SSPL-1.0"]}
}

test_the_whole_result_of_deny_2 if {
	forbidden.deny == {{"license": "agpl-3.0-ONLY", "msg": "the package x is under the forbidden licence agpl-3.0-ONLY", "package": "x", "paths": [["sbom", "packages", 0, "licenses", 0, "value"]]}} with input as {"sbom": {"packages": [{"licenses": [{"value": "agpl-3.0-ONLY"}], "name": "x"}]}}
		with data.parameters as {"forbidden_licenses": ["AGPL-3.0-only", "SSPL-1.0"]}
}

test_the_whole_result_of_deny_3 if {
	forbidden.deny == {{"license": " AGPL-3.0-only ", "msg": "the package x is under the forbidden licence  AGPL-3.0-only ", "package": "x", "paths": [["sbom", "packages", 0, "licenses", 0, "value"]]}} with input as {"sbom": {"packages": [{"licenses": [{"value": " AGPL-3.0-only "}], "name": "x"}]}}
		with data.parameters as {"forbidden_licenses": ["AGPL-3.0-only", "SSPL-1.0"]}
}

test_the_whole_result_of_deny_4 if {
	forbidden.deny == {{"license": "(AGPL-3.0-only)", "msg": "the package x is under the forbidden licence (AGPL-3.0-only)", "package": "x", "paths": [["sbom", "packages", 0, "licenses", 0, "value"]]}} with input as {"sbom": {"packages": [{"licenses": [{"value": "(AGPL-3.0-only)"}], "name": "x"}]}}
		with data.parameters as {"forbidden_licenses": ["AGPL-3.0-only", "SSPL-1.0"]}
}
