package policyengine.dockerfile.unverified_download_test

import data.policyengine.dockerfile.unverified_download

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := unverified_download.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["RUN curl -k x", "RUN wget --no-check-certificate x", `RUN ["curl", "-k", "x"]`] {
		denied(text) == {{
			"msg": sprintf("line 7 (%s) downloads without verifying the server", [text]),
			"line": 7,
			"paths": [["dockerfile", "stages", 0, "instructions", 0]],
		}}
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN curl x", "COPY curl -k x", `RUN ["curl", "x"]`] {
		denied(text) == set()
	}
}

test_what_is_triggered_is_denied_too if {
	item := {"instruction": "ONBUILD", "original": "ONBUILD x", "line": 7, "trigger": {"instruction": "RUN", "original": "RUN curl -k x", "line": 7}}
	some reason in unverified_download.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
	reason.msg == "line 7 (ONBUILD RUN curl -k x) downloads without verifying the server"
}

test_without_a_dockerfile_nothing_is_said if count(unverified_download.deny) == 0 with input as {}
