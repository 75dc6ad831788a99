package policyengine.license.unknown_test

import data.policyengine.license.unknown

denied(licenses, share) := result if {
	packages := [{"name": sprintf("p%v", [index]), "licenses": listed} | some index, listed in licenses]
	result := unknown.deny with input as {"sbom": {"packages": packages}}
		with data.parameters as {"max_unlicensed_share": share}
}

mit := [{"value": "MIT"}]

test_too_many_packages_without_a_licence_are_denied if {
	some reason in denied([mit, [], [{"value": "NONE"}], [{"value": "NOASSERTION"}], [{"value": ""}]], 0.75)
	reason.msg == "4 of 5 packages are without a licence, among them p1"
	reason.package == "p1"
	denied([mit, []], 0) == {{
		"msg": "1 of 2 packages are without a licence, among them p1",
		"package": "p1",
		"paths": [["sbom", "packages"]],
	}}
}

test_few_are_not_denied if {
	denied([mit, []], 0.5) == set()
	denied([mit, [{"value": "NONE"}, {"value": "MIT"}]], 0) == set()
	denied([], 0) == set()
}

test_no_limit_asks_nothing if denied([[]], 1) == set()

test_without_an_sbom_nothing_is_said if {
	unknown.deny == set() with input as {} with data.parameters as {"max_unlicensed_share": 0}
}
