package policyengine.sbom.present_test

import data.policyengine.sbom.present

image := {"id": "sha256:0"}

test_an_image_without_an_sbom_is_denied if {
	wanted := {{"msg": "there is no SBOM of the image", "paths": [["sbom", "documents"]]}}
	present.deny == wanted with input as {"image": image, "sbom": {"documents": []}}
}

test_an_sbom_is_enough if count(present.deny) == 0 with input as {"image": image, "sbom": {"documents": [{}]}}

test_without_evidence_there_is_none if count(present.deny) == 1 with input as {"image": image}

test_a_dockerfile_alone_has_none_yet if count(present.deny) == 0 with input as {"dockerfile": {}}

test_the_whole_result_of_deny if {
	present.deny == {{"msg": "there is no SBOM of the image", "paths": [["sbom", "documents"]]}} with input as {"image": {"id": "sha256:0"}}
}
