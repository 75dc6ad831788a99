package policyengine.sbom.identified_test

import data.policyengine.sbom.identified

denied(share, least) := result if {
	document := {"format": "spdx", "quality": {"shares": {"unique_identifier": share}}}
	result := identified.deny with input as {"sbom": {"documents": [document]}}
		with data.parameters as {"min_identified_share": least}
}

test_too_many_unknown_packages_are_denied if {
	denied(0.89, 0.9) == {{"msg": "the share of packages of the SBOM 0 (spdx) that can be identified is 0.89; the lowest that is accepted is 0.9", "paths": [["sbom", "documents", 0, "quality", "shares", "unique_identifier"]]}}
	{reason.msg | some reason in denied(null, 0.9)} == {"the share of packages of the SBOM 0 (spdx) that can be identified is not known; the lowest that is accepted is 0.9"}
	every share in [null, "0.95", true, []] {
		count(denied(share, 0.9)) == 1
	}
}

test_enough_identified_packages_are_not_denied if denied(0.9, 0.9) == set()

test_no_limit_asks_nothing if denied(null, 0) == set()

test_without_an_sbom_nothing_is_said if {
	identified.deny == set() with input as {} with data.parameters as {"min_identified_share": 1}
}
