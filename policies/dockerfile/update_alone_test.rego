package policyengine.dockerfile.update_alone_test

import data.policyengine.dockerfile.update_alone

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := update_alone.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["RUN apt-get update", "RUN apt -y update"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) updates package lists and installs nothing", [text])
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN apt-get update && apt-get install -y x", "RUN apt-get update && apt-get -y upgrade", "RUN apk update && apk add x", "COPY apt-get update"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(update_alone.deny) == 0 with input as {}
