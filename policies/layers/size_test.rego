package policyengine.layers.size_test

import data.policyengine.layers.size

reasons(manifest, limit) := result if {
	result := size.deny with input as {"image_manifest": manifest}
		with data.parameters as {"max_image_bytes": limit}
}

test_a_larger_image_is_denied if {
	some reason in reasons({"size": 101}, 100)
	reason.msg == "the image has 101 bytes; the limit is 100"
}

test_an_image_of_unknown_size_is_denied if {
	some reason in reasons(null, 100)
	reason.msg == "the size of the image is not known; the limit is 100 bytes"
	count(reasons({"size": null}, 100)) == 1
}

test_an_image_at_the_limit_is_not_denied if count(reasons({"size": 100}, 100)) == 0

test_no_limit_asks_nothing if count(reasons(null, 0)) == 0

test_without_the_image_its_size_is_unknown if {
	count(size.deny) == 1 with input as {} with data.parameters as {"max_image_bytes": 1}
}

test_the_whole_result_of_deny if {
	size.deny == {{"msg": "the size of the image is not known; the limit is 1 bytes", "paths": [["image_manifest", "size"]]}} with input as {}
		with data.parameters as {"max_image_bytes": 1}
}

test_the_whole_result_of_deny_2 if {
	size.deny == {{"msg": "the image has 101 bytes; the limit is 100", "paths": [["image_manifest", "size"]]}} with input as {"image_manifest": {"size": 101}}
		with data.parameters as {"max_image_bytes": 100}
}
