package policyengine.scan.about_this_image_test

import data.policyengine.scan.about_this_image

denied(matches) := result if {
	reports := [{"scanner": "trivy", "subject_match": match} | some match in matches]
	result := about_this_image.deny with input as {"scan": {"reports": reports}}
		with data.parameters as {"accepted_scan_matches": ["digest", "name"]}
}

test_a_report_about_who_knows_what_is_denied if {
	some reason in denied(["digest", "unknown"])
	reason.msg == "the report of trivy is not known well enough to be about this image: unknown"
	reason.paths == [["scan", "reports", 1, "subject_match"]]
	reason.scanner == "trivy"
	count(denied(["mismatch"])) == 1
}

test_a_report_about_this_image_is_not_denied if denied(["digest", "name"]) == set()

test_without_a_scan_nothing_is_said if {
	about_this_image.deny == set() with input as {} with data.parameters as {"accepted_scan_matches": []}
}
