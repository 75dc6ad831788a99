package policyengine.history.unverified_download_test

import data.policyengine.history.unverified_download

denied(command) := result if {
	result := count(unverified_download.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["/bin/sh -c curl -k https://a.example", "/bin/sh -c curl -sSLk https://a.example -o x", "/bin/sh -c curl https://a.example --insecure", "RUN /bin/sh -c wget --no-check-certificate https://a.example", "/bin/sh -c git config --global http.sslVerify false", "/bin/sh -c npm config set strict-ssl false"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c curl -sSL https://a.example", "/bin/sh -c curl https://a.example && ls -k", "/bin/sh -c wget https://a.example", "/bin/sh -c git config http.sslVerify true", "COPY curl -k x"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in unverified_download.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c curl -k https://a.example", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c curl -k https://a.example")
}

test_without_the_image_nothing_is_said if count(unverified_download.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	unverified_download.deny == {{"msg": "step 0 of the image history (/bin/sh -c curl -k https://a.example) downloads without verifying the server", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c curl -k https://a.example", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
