package policyengine.image.shell_command_test

import data.policyengine.image.shell_command

warned(config) := result if {
	result := shell_command.warn with input as {"image": {"config": config}}
}

test_a_shell_is_warned_about if {
	some reason in warned({"Entrypoint": ["/bin/sh", "-c", "app"]})
	reason.msg == "Entrypoint starts the process by a shell"
	reason.paths == [["image", "config", "Entrypoint"]]
	some other in warned({"Cmd": ["bash", "-c", "app"]})
	other.paths == [["image", "config", "Cmd"]]
	count(warned({"Entrypoint": [], "Cmd": ["sh", "-c", "app"]})) == 1
}

test_other_commands_are_not_warned_about if {
	every config in [
		{},
		{"Entrypoint": ["/app"], "Cmd": ["sh", "-c", "x"]},
		{"Entrypoint": ["/bin/sh", "/start.sh"]},
		{"Entrypoint": ["/bin/push", "-c"]},
		{"Cmd": ["sh"]},
	] {
		warned(config) == set()
	}
}

test_without_the_image_nothing_is_said if count(shell_command.warn) == 0 with input as {}

test_the_whole_result_of_warn if {
	shell_command.warn == {{"msg": "Cmd starts the process by a shell", "paths": [["image", "config", "Cmd"]]}} with input as {"image": {"config": {"Cmd": ["bash", "-c", "app"]}}}
}

test_the_whole_result_of_warn_2 if {
	shell_command.warn == {{"msg": "Entrypoint starts the process by a shell", "paths": [["image", "config", "Entrypoint"]]}} with input as {"image": {"config": {"Entrypoint": ["/bin/sh", "-c", "app"]}}}
}
