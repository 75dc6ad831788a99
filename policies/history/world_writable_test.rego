package policyengine.history.world_writable_test

import data.policyengine.history.world_writable

denied(command) := result if {
	result := count(world_writable.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["/bin/sh -c chmod 777 /app", "RUN /bin/sh -c chmod -R 0777 /app # buildkit", "/bin/sh -c chmod -R -v 666 /a", "/bin/sh -c chmod a+w /a", "/bin/sh -c chmod o+rw /a", "/bin/sh -c chmod ugo=rwx /a", "COPY --chmod=777 a b # buildkit", "/bin/sh -c chmod 4757 x"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c chmod 755 /app", "/bin/sh -c chmod 1777 /tmp", "/bin/sh -c chmod u+w /a", "/bin/sh -c chmod g+w /a", "/bin/sh -c chmod +x /a", "/bin/sh -c chmod 0775 /a", "/bin/sh -c echo 777", "/bin/sh -c chmod 7770 /a", "/bin/sh -c chmod o-w a", "/bin/sh -c chmod +w a"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in world_writable.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c chmod 777 /app", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c chmod 777 /app")
}

test_without_the_image_nothing_is_said if count(world_writable.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	world_writable.deny == {{"msg": "step 0 of the image history (/bin/sh -c chmod a+w /a) makes files writable for everybody", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c chmod a+w /a", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
