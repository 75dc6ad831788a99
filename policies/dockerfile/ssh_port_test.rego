package policyengine.dockerfile.ssh_port_test

import data.policyengine.dockerfile.ssh_port

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := ssh_port.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["EXPOSE 22", "EXPOSE 80 22/tcp", "EXPOSE 022 80", "EXPOSE 20-25", "EXPOSE 22-22/tcp", "EXPOSE 80 0-65535/udp", "EXPOSE 9-22", "EXPOSE 22-100", "EXPOSE 1-30"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) exposes port 22", [text])
	}
}

with_variable(expanded) := result if {
	item := {"instruction": "EXPOSE", "original": "EXPOSE $FIRST $SECOND", "expanded": expanded, "line": 7}
	result := ssh_port.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_a_variable_is_what_it_is_by_default if {
	some reason in with_variable(["80", "22"])
	startswith(reason.msg, "line 7 (EXPOSE $FIRST $SECOND) ")
	with_variable(["80", "2222"]) == set()
	with_variable(null) == set()
}

test_other_instructions_are_not_denied if {
	every text in ["EXPOSE 2222", "EXPOSE 20-21", "EXPOSE 23-25", "EXPOSE 1-9", "EXPOSE 220-230", "EXPOSE 122-222", "EXPOSE 80/tcp", "RUN EXPOSE 22"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(ssh_port.deny) == 0 with input as {}
