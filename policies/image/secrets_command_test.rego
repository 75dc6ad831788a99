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
	some trigger in denied({"OnBuild": ["RUN x", "ENV DB_PASSWORD=hunter2"]})
	trigger.msg == "OnBuild/1 holds a secret: DB_PASSWORD"
	trigger.paths == [["image", "config", "OnBuild", 1]]
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

test_the_whole_result_of_deny if {
	secrets_command.deny == {{"msg": "Entrypoint holds a secret: token", "paths": [["image", "config", "Entrypoint"]]}} with input as {"image": {"config": {"Entrypoint": ["/app", "--token=hunter2"]}}}
		with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

test_the_whole_result_of_deny_2 if {
	secrets_command.deny == {{"msg": "Cmd holds a secret: DB_PASSWORD", "paths": [["image", "config", "Cmd"]]}} with input as {"image": {"config": {"Cmd": ["sh", "-c", "DB_PASSWORD=hunter2 app"]}}}
		with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

test_the_whole_result_of_deny_3 if {
	secrets_command.deny == {{"msg": "Healthcheck/Test holds a secret: a token", "paths": [["image", "config", "Healthcheck", "Test"]]}} with input as {"image": {"config": {"Healthcheck": {"Test": ["CMD-SHELL", "curl http://me:hunter2@localhost/"]}}}}
		with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

test_a_secret_over_several_words_is_denied if {
	words := ["echo", "-----BEGIN", "PRIVATE", "KEY-----"]
	every config in [{"Entrypoint": words}, {"Cmd": words}, {"Healthcheck": {"Test": words}}] {
		some reason in denied(config)
		endswith(reason.msg, "holds a secret: a token")
	}
}
