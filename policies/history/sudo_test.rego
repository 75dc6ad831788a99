package policyengine.history.sudo_test

import data.policyengine.history.sudo

denied(command) := result if {
	result := count(sudo.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["RUN /bin/sh -c sudo apt-get update # buildkit", "/bin/sh -c id && sudo id", "/bin/sh -c sudo\tid"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c apt-get install -y sudo", "RUN /bin/sh -c echo sudo", "COPY sudo /usr/bin/sudo # buildkit", "/bin/sh -c sudoku x"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in sudo.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "RUN /bin/sh -c sudo apt-get update # buildkit", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "RUN /bin/sh -c sudo apt-get update # buildkit")
}

test_without_the_image_nothing_is_said if count(sudo.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	sudo.deny == {{"msg": "step 0 of the image history (/bin/sh -c sudo\tid) uses sudo", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c sudo\tid", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}

test_the_whole_result_of_deny_2 if {
	sudo.deny == {{"msg": "step 0 of the image history (RUN /bin/sh -c sudo apt-get update # buildkit) uses sudo", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "RUN /bin/sh -c sudo apt-get update # buildkit", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
