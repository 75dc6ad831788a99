package policyengine.layers.limit_test

import data.policyengine.layers.limit

denied(layers, most) := result if {
	result := limit.deny with input as {"image": {"layers": layers}}
		with data.parameters as {"max_layers": most}
}

test_more_layers_than_the_limit_are_denied if {
	some reason in denied(["a", "b", "c"], 2)
	reason.msg == "the image has 3 layers; the limit is 2"
}

test_as_many_as_the_limit_are_not_denied if denied(["a", "b"], 2) == set()

test_no_limit_asks_nothing if denied(["a", "b"], 0) == set()

test_without_the_image_nothing_is_said if {
	limit.deny == set() with input as {} with data.parameters as {"max_layers": 1}
}

test_the_whole_result_of_deny if {
	limit.deny == {{"msg": "the image has 3 layers; the limit is 2", "paths": [["image", "layers"]]}} with input as {"image": {"layers": ["a", "b", "c"]}}
		with data.parameters as {"max_layers": 2}
}

test_a_limit_of_one_is_a_limit if count(denied(["a", "b"], 1)) == 1
