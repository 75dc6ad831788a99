package policyengine.sbom.differences_test

import data.policyengine.sbom.differences

warned(only, versions) := result if {
	result := differences.warn with input as {"sbom": {"differences": {"only_in_some": only, "versions": versions}}}
}

test_differences_are_warned_about if {
	{reason.msg | some reason in warned([1, 2], [3])} == {
		"the SBOMs have 2 packages that only some list",
		"the SBOMs have 1 packages in different versions",
	}
	{reason.paths | some reason in warned([1], [])} == {[["sbom", "differences", "only_in_some"]]}
}

test_sboms_that_agree_are_not_warned_about if warned([], []) == set()

test_without_an_sbom_nothing_is_said if count(differences.warn) == 0 with input as {}
