package policyengine.sbom.about_this_image_test

import data.policyengine.sbom.about_this_image

denied(matches) := result if {
	documents := [{"format": "spdx", "subject_match": match} | some match in matches]
	result := about_this_image.deny with input as {"sbom": {"documents": documents}}
		with data.parameters as {"accepted_sbom_matches": ["digest", "name"]}
}

test_an_sbom_about_who_knows_what_is_denied if {
	some reason in denied(["digest", "unknown"])
	reason.msg == "the SBOM 1 (spdx) is not known well enough to be about this image: unknown"
	reason.paths == [["sbom", "documents", 1, "subject_match"]]
}

test_an_sbom_about_this_image_is_not_denied if denied(["digest", "name"]) == set()

test_without_an_sbom_nothing_is_said if {
	about_this_image.deny == set() with input as {} with data.parameters as {"accepted_sbom_matches": []}
}
