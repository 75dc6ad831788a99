package policyengine.sbom.schema_test

import data.policyengine.sbom.schema

warned(problem) := result if {
	result := schema.warn with input as {"sbom": {"documents": [{"format": "cyclonedx", "schema_problem": problem}]}}
}

test_an_sbom_that_does_not_fit_is_warned_about if {
	some reason in warned("/bomFormat: missing")
	reason.msg == "the SBOM 0 (cyclonedx) does not fit its schema: /bomFormat: missing"
	reason.paths == [["sbom", "documents", 0, "schema_problem"]]
}

test_an_sbom_that_fits_is_not_warned_about if warned(null) == set()

test_without_an_sbom_nothing_is_said if count(schema.warn) == 0 with input as {}
