package policyengine.image.ports_test

import data.policyengine.image.ports

messages(key) := result if {
	result := {reason.msg | some reason in ports.deny} with input as {"image": {"config": {"ExposedPorts": {key: {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_port_22_is_denied_in_every_form if {
	every key in ["22", "22/tcp", "22/udp", "20-25/tcp", "22-22/tcp", "022/tcp"] {
		count(messages(key)) >= 1
	}
}

test_privileged_ports_are_denied if {
	every key in ["25/tcp", "1023", "1000-2000/tcp", "80-90/tcp", "0/tcp"] {
		count(messages(key)) >= 1
	}
}

test_port_22_is_told_once if messages("22/tcp") == {"the image exposes port 22: 22/tcp"}

test_other_and_accepted_ports_are_not_denied if {
	every key in ["1024", "8080/tcp", "2222/tcp", "80/tcp", "443", "3000-3010/udp"] {
		count(messages(key)) == 0
	}
}

test_what_is_no_port_is_denied if {
	every key in ["", "ssh", "22;80", "-22", "25-20/tcp", "123456/tcp", "22/TCP"] {
		count(messages(key)) >= 1
	}
}

test_without_ports_nothing_is_said if count(ports.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	ports.deny == {{"msg": " is not a port", "paths": [["image", "config", "ExposedPorts", ""]]}} with input as {"image": {"config": {"ExposedPorts": {"": {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_the_whole_result_of_deny_2 if {
	ports.deny == {{"msg": "the image exposes port 22: 22", "paths": [["image", "config", "ExposedPorts", "22"]]}} with input as {"image": {"config": {"ExposedPorts": {"22": {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_the_whole_result_of_deny_3 if {
	ports.deny == {{"msg": "ssh is not a port", "paths": [["image", "config", "ExposedPorts", "ssh"]]}} with input as {"image": {"config": {"ExposedPorts": {"ssh": {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_the_whole_result_of_deny_4 if {
	ports.deny == {{"msg": "-22 is not a port", "paths": [["image", "config", "ExposedPorts", "-22"]]}} with input as {"image": {"config": {"ExposedPorts": {"-22": {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}

test_a_range_is_judged_by_both_its_ends if {
	messages("20-25/tcp") == {"the image exposes port 22: 20-25/tcp", "the image exposes a privileged port: 20-25/tcp"}
	messages("22-25") == {"the image exposes port 22: 22-25", "the image exposes a privileged port: 22-25"}
	messages("20-22") == {"the image exposes port 22: 20-22", "the image exposes a privileged port: 20-22"}
	messages("20-21/tcp") == {"the image exposes a privileged port: 20-21/tcp"}
	messages("23-25/tcp") == {"the image exposes a privileged port: 23-25/tcp"}
	messages("25-20/tcp") == {"25-20/tcp is not a port"}
}

test_the_whole_result_for_a_privileged_port if {
	ports.deny == {{
		"msg": "the image exposes a privileged port: 1023/udp",
		"paths": [["image", "config", "ExposedPorts", "1023/udp"]],
	}} with input as {"image": {"config": {"ExposedPorts": {"1023/udp": {}, "1024/udp": {}}}}}
		with data.parameters as {"allowed_privileged_ports": [80, 443]}
}
