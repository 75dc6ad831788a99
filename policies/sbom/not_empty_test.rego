package policyengine.sbom.not_empty_test

import data.policyengine.sbom.not_empty

denied(found) := result if {
	result := not_empty.deny with input as {"sbom": {"documents": [{"format": "syft", "package_count": found}]}}
}

test_an_sbom_without_packages_is_denied if {
	some reason in denied(0)
	reason.msg == "the SBOM 0 (syft) names no packages"
	reason.paths == [["sbom", "documents", 0, "package_count"]]
}

test_an_sbom_with_packages_is_not_denied if denied(1) == set()

test_without_an_sbom_nothing_is_said if count(not_empty.deny) == 0 with input as {}
