package policyengine.history.piped_download_test

import data.policyengine.history.piped_download

denied(command) := result if {
	result := count(piped_download.deny) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_denied if {
	every command in ["/bin/sh -c curl -sSL https://a.example/i.sh | sh", "RUN /bin/sh -c curl https://a.example | bash -s -- -y # buildkit", "/bin/sh -c wget -qO- http://a.example|sudo bash", "/bin/sh -c curl a | tee x | sh", "/bin/sh -c curl a | /bin/bash", "/bin/sh -c curl a | python3 -", "/bin/sh -c bash <(curl -s https://a.example)", "/bin/sh -c sh -c \"$(curl -fsSL https://a.example)\"", "/bin/sh -c wget a | sudo -E bash -"] {
		denied(command) == 1
	}
}

test_other_steps_are_not_denied if {
	every command in ["/bin/sh -c curl -o x https://a.example && sha256sum -c x.sum && sh x", "/bin/sh -c curl a | tar xz", "/bin/sh -c cat a | sh", "/bin/sh -c curl a; echo x | sh", "/bin/sh -c curl https://a.example | gpg --dearmor", "COPY curl a|sh # buildkit", "CMD bash <(curl -s https://a.example)"] {
		denied(command) == 0
	}
}

test_the_step_is_named if {
	some reason in piped_download.deny with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c curl -sSL https://a.example/i.sh | sh", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c curl -sSL https://a.example/i.sh | sh")
}

test_without_the_image_nothing_is_said if count(piped_download.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	piped_download.deny == {{"msg": "step 0 of the image history (/bin/sh -c curl a | /bin/bash) runs what it downloads", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c curl a | /bin/bash", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
