package policyengine.layers.count_test

import data.policyengine.layers.count as layers_count

denied(layers, limit) := result if {
	result := layers_count.deny with input as {"image": {"layers": layers}}
		with data.parameters as {"max_layers": limit}
}

test_more_layers_than_the_limit_are_denied if {
	some reason in denied(["a", "b", "c"], 2)
	reason.msg == "the image has 3 layers; the limit is 2"
}

test_as_many_as_the_limit_are_not_denied if denied(["a", "b"], 2) == set()

test_no_limit_asks_nothing if denied(["a", "b"], 0) == set()

test_without_the_image_nothing_is_said if {
	layers_count.deny == set() with input as {} with data.parameters as {"max_layers": 1}
}

test_the_whole_result_of_deny if {
	layers_count.deny == {{"msg": "the image has 3 layers; the limit is 2", "paths": [["image", "layers"]]}} with input as {"image": {"layers": ["a", "b", "c"]}}
		with data.parameters as {"max_layers": 2}
}
