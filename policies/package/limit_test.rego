package policyengine.package.limit_test

import data.policyengine.package.limit

denied(packages, most) := result if {
	result := limit.deny with input as {"sbom": {"packages": packages}}
		with data.parameters as {"max_packages": most}
}

test_more_than_the_limit_are_denied if {
	denied(["a", "b", "c"], 2) == {{
		"msg": "the image has 3 packages; the limit is 2",
		"paths": [["sbom", "packages"]],
	}}
}

test_as_many_as_the_limit_are_not_denied if denied(["a", "b"], 2) == set()

test_no_limit_asks_nothing if denied(["a"], 0) == set()

test_without_an_sbom_nothing_is_said if {
	limit.deny == set() with input as {} with data.parameters as {"max_packages": 1}
}

test_a_limit_of_one_is_a_limit if count(denied(["a", "b"], 1)) == 1
