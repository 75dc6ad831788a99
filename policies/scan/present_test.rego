package policyengine.scan.present_test

import data.policyengine.scan.present

test_an_image_without_a_report_is_denied if {
	present.deny == {{"msg": "there is no scan report of the image", "paths": [["scan", "reports"]]}} with input as {"scan": {"reports": []}}
}

test_a_report_is_enough if count(present.deny) == 0 with input as {"scan": {"reports": [{"scanner": "trivy"}]}}

test_without_evidence_there_is_none if count(present.deny) == 1 with input as {}

test_a_dockerfile_alone_cannot_have_it if {
	count(present.deny) == 0 with input as object.union({}, {"subject": {"transport": "dockerfile"}})
	count(present.deny) == 1 with input as object.union({}, {"subject": {"transport": "oci"}})
}
