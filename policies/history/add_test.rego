package policyengine.history.add_test

import data.policyengine.history.add

denied(command) := result if {
	result := count(add.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["ADD x.tar /x # buildkit", "/bin/sh -c #(nop) ADD file:0 in /x", "ADD https://a.example/x /x"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["COPY x.tar /x # buildkit", "/bin/sh -c #(nop) COPY dir:0 in /x", "/bin/sh -c echo ADD x", "ADDED x"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in add.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "ADD x.tar /x # buildkit", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "ADD x.tar /x # buildkit")
}

test_without_the_image_nothing_is_said if count(add.deny) == 0 with input as {}

test_the_files_of_the_base_image_are_not_denied if {
	step := {"created_by": "/bin/sh -c #(nop) ADD file:0 in / ", "layer": "sha256:0"}
	count(add.deny) == 0 with input as {"image": {"layers": ["sha256:0", "sha256:1"], "history": [step]}}
	count(add.deny) == 1 with input as {"image": {"layers": ["sha256:1", "sha256:0"], "history": [step]}}
}

test_the_whole_result_of_deny if {
	add.deny == {{"msg": "step 0 of the image history (ADD x.tar /x # buildkit) uses ADD", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "ADD x.tar /x # buildkit", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}

test_the_whole_result_of_deny_2 if {
	add.deny == {{"msg": "step 0 of the image history (ADD https://a.example/x /x) uses ADD", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "ADD https://a.example/x /x", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}

test_the_whole_result_of_deny_3 if {
	add.deny == {{"msg": "step 0 of the image history (/bin/sh -c #(nop) ADD file:0 in / ) uses ADD", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c #(nop) ADD file:0 in / ", "layer": "sha256:0"}], "layers": ["sha256:1", "sha256:0"]}}
}
