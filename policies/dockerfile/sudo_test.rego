package policyengine.dockerfile.sudo_test

import data.policyengine.dockerfile.sudo

denied(text) := result if {
	item := {"instruction": upper(regex.split(`\s`, text)[0]), "original": text, "line": 7}
	result := sudo.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["RUN sudo apt-get update", "RUN id && sudo id", "RUN --mount=type=cache sudo id", "RUN /usr/bin/sudo id", `RUN ["sudo", "id"]`, `RUN --mount=type=cache [ "/usr/bin/sudo", "id"]`] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) uses sudo", [text])
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN apt-get install sudo curl", "COPY sudo x", "RUN echo sudo x", "RUN ls /usr/bin/sudo x", `RUN ["apt-get", "install", "sudo"]`, "RUN sudoku x", "CMD id; sudo id"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(sudo.deny) == 0 with input as {}

test_the_keyword_may_be_written_in_any_way if {
	every text in ["run sudo id", "RUN   sudo id", "RUN\tsudo id"] {
		some reason in denied(text)
		reason.msg == "line 7 (RUN sudo id) uses sudo"
	}
}

test_a_script_is_looked_into_where_it_is_run if {
	script := {"original": "X <<EOF", "line": 7, "heredocs": [{"content": "sudo id\n"}]}
	instructions := [object.union(script, {"instruction": word, "original": concat(" ", [word, "<<EOF"])}) | some word in ["RUN", "COPY"]]
	sudo.deny == {{
		"msg": "line 7 (RUN <<EOF) uses sudo",
		"line": 7,
		"paths": [["dockerfile", "stages", 0, "instructions", 0]],
	}} with input as {"dockerfile": {"stages": [{"instructions": instructions}]}}
}
