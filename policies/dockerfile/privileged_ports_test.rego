package policyengine.dockerfile.privileged_ports_test

import data.policyengine.dockerfile.privileged_ports

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := privileged_ports.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_what_it_looks_for_is_denied if {
	every text, port in {
		"EXPOSE 25": "25",
		"EXPOSE 8080 1023/tcp": "1023/tcp",
		"EXPOSE 0": "0",
		"EXPOSE 0025/udp": "0025/udp",
		"EXPOSE 80-81": "80-81",
		"EXPOSE 0-80": "0-80",
		"EXPOSE 1000-2000/tcp": "1000-2000/tcp",
		"EXPOSE 2000-1000": "2000-1000",
		"EXPOSE 20-22": "20-22",
		"EXPOSE 22-23": "22-23",
		"EXPOSE 80\t81 443": "81",
	} {
		denied(text) == {{
			"msg": sprintf("line 7 (%s) exposes the privileged port %s", [text, port]),
			"line": 7,
			"paths": [["dockerfile", "stages", 0, "instructions", 0]],
		}}
	}
}

test_each_port_is_told if count(denied("EXPOSE 25 26 25")) == 2

with_variable(expanded) := result if {
	item := {"instruction": "EXPOSE", "original": "EXPOSE $FIRST $SECOND", "expanded": expanded, "line": 7}
	result := privileged_ports.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
		with data.parameters as {"allowed_privileged_ports": []}
}

test_a_variable_is_what_it_is_by_default if {
	{reason.msg | some reason in with_variable(["8080", "80"])} == {"line 7 (EXPOSE $FIRST $SECOND) exposes the privileged port 80"}
	with_variable(["8080", "2222"]) == set()
	with_variable(null) == set()
}

test_other_instructions_are_not_denied if {
	every text in ["EXPOSE 1024", "EXPOSE 80", "EXPOSE 080/tcp 443/udp", "EXPOSE 443-443", "EXPOSE 1024-1030/tcp", "EXPOSE 22", "EXPOSE 22/tcp 22-22", "EXPOSE http", "EXPOSE a25", "RUN EXPOSE 25", "COPY 25 26"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if {
	count(privileged_ports.deny) == 0 with input as {} with data.parameters as {"allowed_privileged_ports": []}
}
