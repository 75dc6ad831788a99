package policyengine.history.unverified_packages_test

import data.policyengine.history.unverified_packages

denied(command) := result if {
	result := count(unverified_packages.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["/bin/sh -c apt-get install -y --allow-unauthenticated x", "RUN /bin/sh -c apk add --allow-untrusted x.apk # buildkit", "/bin/sh -c yum install --nogpgcheck x", "/bin/sh -c zypper --no-gpg-checks in x", "/bin/sh -c echo gpgcheck=0 >> a.repo", "/bin/sh -c echo \"deb [trusted=yes] http://a\" > b", "/bin/sh -c pip install --trusted-host a x"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c apt-get install -y x", "/bin/sh -c echo gpgcheck=1 >> a.repo", "COPY --allow-untrusted x", "/bin/sh -c zypper in x"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in unverified_packages.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c apt-get install -y --allow-unauthenticated x", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c apt-get install -y --allow-unauthenticated x")
}

test_without_the_image_nothing_is_said if count(unverified_packages.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	unverified_packages.deny == {{"msg": "step 0 of the image history (/bin/sh -c yum install --nogpgcheck x) installs packages without verifying them: --nogpgcheck", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c yum install --nogpgcheck x", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
