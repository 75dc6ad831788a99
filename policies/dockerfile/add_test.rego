package policyengine.dockerfile.add_test

import data.policyengine.dockerfile.add

denied(text) := result if {
	item := {"instruction": upper(regex.split(`\s`, text)[0]), "original": text, "line": 7}
	result := add.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["ADD x /x"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) uses ADD", [text])
	}
}

test_other_instructions_are_not_denied if {
	every text in ["COPY x /x", "RUN ADD x"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(add.deny) == 0 with input as {}

test_the_keyword_may_be_written_in_any_way if {
	every text in ["add x /x", "Add  x /x", "ADD\tx /x"] {
		some reason in denied(text)
		reason.msg == "line 7 (ADD x /x) uses ADD"
	}
}
