package policyengine.history.add_url_test

import data.policyengine.history.add_url

denied(command) := result if {
	result := count(add_url.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["ADD https://a.example/x.tar /x # buildkit", "/bin/sh -c #(nop) ADD http://a.example/x /x", "ADD git@a.example:x.git /x # buildkit", "ADD --chown=1 ftp://a.example/x /x"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["ADD --checksum=sha256:0 https://a.example/x /x # buildkit", "ADD x.tar /x # buildkit", "COPY https://a.example /x", "/bin/sh -c curl https://a.example/x", "/bin/sh -c #(nop) COPY file:0 in /x", "/bin/sh -c echo ADD http://a.example"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in add_url.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "ADD https://a.example/x.tar /x # buildkit", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "ADD https://a.example/x.tar /x # buildkit")
}

test_without_the_image_nothing_is_said if count(add_url.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	add_url.deny == {{"msg": "step 0 of the image history (ADD --chown=1 ftp://a.example/x /x) adds from a URL", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "ADD --chown=1 ftp://a.example/x /x", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
