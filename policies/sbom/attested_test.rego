package policyengine.sbom.attested_test

import data.policyengine.sbom.attested

denied(by, asked) := result if {
	content := {
		"sbom": {"documents": [{"format": "spdx", "source": 1}]},
		"evidence": {"sbom": {"sources": [{"attested_by": {"verified": true}}, {"attested_by": by}]}},
	}
	result := attested.deny with input as content with data.parameters as {"require_attested_sbom": asked}
}

test_an_sbom_that_nobody_attested_is_denied if {
	denied(null, true) == {{
		"msg": "the SBOM 0 (spdx) is not attested by anybody who is trusted",
		"paths": [["sbom", "documents", 0, "source"], ["evidence", "sbom", "sources", 1, "attested_by"]],
	}}
	count(denied({"verified": false}, true)) == 1
}

test_an_attested_sbom_is_not_denied if denied({"verified": true}, true) == set()

test_unless_asked_for_nothing_is_said if denied(null, false) == set()

test_without_an_sbom_nothing_is_said if {
	attested.deny == set() with input as {} with data.parameters as {"require_attested_sbom": true}
}
