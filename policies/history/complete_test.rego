package policyengine.history.complete_test

import data.policyengine.history.complete

test_a_layer_that_no_step_made_is_denied if {
	some reason in complete.deny with input as {"image": {"layers": ["sha256:0", "sha256:1"], "history": [{"layer": "sha256:0"}, {"layer": null}]}}
	reason.layer == "sha256:1"
	reason.paths == [["image", "layers", 1]]
	contains(reason.msg, "layer 1, sha256:1")
}

test_an_image_without_a_history_is_denied if {
	count(complete.deny) == 2 with input as {"image": {"layers": ["sha256:0", "sha256:1"], "history": []}}
}

test_layers_that_steps_made_are_not_denied if {
	count(complete.deny) == 0 with input as {"image": {"layers": ["sha256:0"], "history": [{"layer": null}, {"layer": "sha256:0"}]}}
}

test_without_the_image_nothing_is_said if count(complete.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	complete.deny == {{"layer": "sha256:0", "msg": "no step of the image history made layer 0, sha256:0", "paths": [["image", "layers", 0]]}, {"layer": "sha256:1", "msg": "no step of the image history made layer 1, sha256:1", "paths": [["image", "layers", 1]]}} with input as {"image": {"history": [], "layers": ["sha256:0", "sha256:1"]}}
}
