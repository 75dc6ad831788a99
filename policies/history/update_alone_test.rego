package policyengine.history.update_alone_test

import data.policyengine.history.update_alone

denied(command) := result if {
	result := count(update_alone.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["/bin/sh -c apt-get update", "RUN /bin/sh -c apt-get -y update # buildkit", "/bin/sh -c apt update -y", "/bin/sh -c apk update", "/bin/sh -c yum makecache", "/bin/sh -c dnf -q makecache", "/bin/sh -c zypper refresh"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c apt-get update && apt-get install -y curl", "/bin/sh -c apt-get update; apt-get -y upgrade", "/bin/sh -c apk update && apk add curl", "/bin/sh -c apk add --no-cache curl", "/bin/sh -c yum makecache && yum install -y x", "/bin/sh -c zypper refresh && zypper in x", "/bin/sh -c npm update", "COPY apt-get update"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in update_alone.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c apt-get update", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c apt-get update")
}

test_without_the_image_nothing_is_said if count(update_alone.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	update_alone.deny == {{"msg": "step 0 of the image history (/bin/sh -c apk update) updates package lists and installs nothing", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c apk update", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
