package policyengine.sbom.minimum_elements_test

import data.policyengine.sbom.minimum_elements

denied(elements) := result if {
	document := {"format": "spdx", "quality": {"minimum_elements": elements}}
	result := minimum_elements.deny with input as {"sbom": {"documents": [document]}}
		with data.parameters as {"required_sbom_elements": ["version", "author"]}
}

test_an_element_that_is_missing_is_denied if {
	some reason in denied({"version": false, "author": true, "timestamp": false})
	reason.msg == "the SBOM 0 (spdx) lacks the element version"
	reason.element == "version"
	reason.paths == [["sbom", "documents", 0, "quality", "minimum_elements", "version"]]
	count(denied({})) == 2
}

test_an_sbom_with_all_elements_is_not_denied if denied({"version": true, "author": true}) == set()

test_without_an_sbom_nothing_is_said if {
	minimum_elements.deny == set() with input as {} with data.parameters as {"required_sbom_elements": ["author"]}
}
