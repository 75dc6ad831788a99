package policyengine.license.invalid_test

import data.policyengine.license.invalid

warned(licenses) := result if {
	result := invalid.warn with input as {"sbom": {"packages": [{"licenses": licenses}, {"licenses": licenses}]}}
}

test_each_such_licence_is_warned_about_once if {
	warned([{"value": "Free", "problem": "not on the list"}]) == {{
		"msg": "the licence Free is not one of SPDX",
		"license": "Free",
		"paths": [["sbom", "packages"]],
	}}
}

test_other_licences_are_not_warned_about if warned([{"value": "MIT", "problem": null}]) == set()

test_without_an_sbom_nothing_is_said if count(invalid.warn) == 0 with input as {}
