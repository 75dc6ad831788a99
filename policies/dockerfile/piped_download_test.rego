package policyengine.dockerfile.piped_download_test

import data.policyengine.dockerfile.piped_download

denied(text) := result if {
	item := {"instruction": upper(regex.split(`\s`, text)[0]), "original": text, "line": 7}
	result := piped_download.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["RUN curl https://a.example | sh", "RUN wget -qO- a | sudo bash -s"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) runs what it downloads", [text])
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN curl -o x a && sh x", "RUN curl a | tar xz", "COPY curl a | sh"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(piped_download.deny) == 0 with input as {}

test_a_script_is_looked_into if {
	item := {"instruction": "RUN", "original": "run <<EOF", "line": 7, "heredocs": [{"content": "set -e\ncurl https://a.example | sh\n"}]}
	some reason in piped_download.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
	reason.msg == "line 7 (RUN <<EOF) runs what it downloads"
}
