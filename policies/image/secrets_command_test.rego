package policyengine.image.secrets_command_test

import data.policyengine.image.secrets_command

denied(config) := result if {
	result := secrets_command.deny with input as {"image": {"config": config}}
		with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

test_a_secret_in_a_command_is_denied if {
	some reason in denied({"Entrypoint": ["/app", "--token=hunter2"]})
	reason.msg == "Entrypoint holds a secret: token"
	reason.paths == [["image", "config", "Entrypoint"]]
	some other in denied({"Cmd": ["sh", "-c", "DB_PASSWORD=hunter2 app"]})
	other.paths == [["image", "config", "Cmd"]]
	some check in denied({"Healthcheck": {"Test": ["CMD-SHELL", "curl http://me:hunter2@localhost/"]}})
	check.msg == "Healthcheck/Test holds a secret: a token"
	check.paths == [["image", "config", "Healthcheck", "Test"]]
}

test_a_command_without_secrets_is_not_denied if {
	every config in [
		{},
		{"Entrypoint": ["/app", "--port=80"], "Cmd": ["--token-file=/run/secrets/t"]},
		{"Cmd": ["NOT_TOKEN=hunter2"]},
		{"Cmd": ["--token=$TOKEN"]},
	] {
		denied(config) == set()
	}
}

test_without_the_image_nothing_is_said if {
	secrets_command.deny == set() with input as {} with data.parameters as {"known_not_secret": []}
}
