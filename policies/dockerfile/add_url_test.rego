package policyengine.dockerfile.add_url_test

import data.policyengine.dockerfile.add_url

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := add_url.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["ADD https://a.example/x /x", "ADD git@a.example:x.git /x", "ADD --chown=1 ftp://a.example/x /x"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) adds from a URL", [text])
	}
}

with_variable(expanded) := result if {
	item := {"instruction": "ADD", "original": "ADD $FIRST $SECOND", "expanded": expanded, "line": 7}
	result := add_url.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_a_variable_is_what_it_is_by_default if {
	some reason in with_variable(["https://a.example/x", "/x"])
	startswith(reason.msg, "line 7 (ADD $FIRST $SECOND) ")
	with_variable(["x", "/x"]) == set()
	with_variable(null) == set()
}

test_other_instructions_are_not_denied if {
	every text in ["ADD --checksum=sha256:0 https://a.example/x /x", "ADD x.tar /x", "RUN curl https://a.example", "COPY https://a /x"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(add_url.deny) == 0 with input as {}

expanded(original, words) := result if {
	item := {"instruction": "ADD", "original": original, "expanded": words, "line": 7}
	result := count(add_url.deny) with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_a_variable_hides_no_url_and_no_checksum if {
	expanded("ADD $URL /x", ["https://a.example/x", "/x"]) == 1
	expanded("ADD --checksum=sha256:0 $URL /x", ["https://a.example/x", "/x"]) == 0
}
