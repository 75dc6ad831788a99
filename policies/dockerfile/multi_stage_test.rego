package policyengine.dockerfile.multi_stage_test

import data.policyengine.dockerfile.multi_stage

warned(text) := result if {
	item := {"instruction": upper(regex.split(`\s`, text)[0]), "original": text, "line": 7}
	result := multi_stage.warn with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_warned if {
	every text in ["RUN apt-get install -y gcc", "RUN apk add --no-cache build-base", "RUN go build ./...", "RUN mvn package"] {
		some reason in warned(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) builds in the only stage", [text])
	}
}

test_other_instructions_are_not_warned if {
	every text in ["RUN apt-get install curl", "RUN echo gcc", "COPY go build", "RUN pip install x"] {
		warned(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(multi_stage.warn) == 0 with input as {}

test_several_stages_are_enough if {
	item := {"instruction": "RUN", "original": "RUN go build", "line": 1}
	count(multi_stage.warn) == 0 with input as {"dockerfile": {"stages": [{"instructions": [item]}, {"instructions": []}]}}
}

test_lines_of_a_script_are_commands_of_their_own if {
	item := {"instruction": "RUN", "original": "RUN <<EOF", "line": 7, "heredocs": [{"content": "apt-get install curl\necho gcc\n"}]}
	count(multi_stage.warn) == 0 with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}
