package policyengine.sbom.present_test

import data.policyengine.sbom.present

test_an_image_without_an_sbom_is_denied if {
	present.deny == {{"msg": "there is no SBOM of the image", "paths": [["sbom", "documents"]]}} with input as {"sbom": {"documents": []}}
}

test_an_sbom_is_enough if count(present.deny) == 0 with input as {"sbom": {"documents": [{"format": "spdx"}]}}

test_without_evidence_there_is_none if count(present.deny) == 1 with input as {}
