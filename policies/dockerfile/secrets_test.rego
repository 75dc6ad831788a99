package policyengine.dockerfile.secrets_test

import data.policyengine.dockerfile.secrets

denied(keyword, name, written) := result if {
	item := {"instruction": keyword, "line": 4, "variables": [{"name": name, "written": written}]}
	result := secrets.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
		with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

test_a_secret_is_denied if {
	denied("ENV", "DB_PASSWORD", "hunter2") == {{
		"msg": "line 4: ENV DB_PASSWORD holds a secret",
		"line": 4,
		"variable": "DB_PASSWORD",
		"paths": [["dockerfile", "stages", 0, "instructions", 0]],
	}}
	count(denied("ARG", "URL", "https://me:hunter2@a.example/")) == 1
	count(denied("LABEL", "token", "hunter2")) == 1
	count(denied("ARG", "NPM_TOKEN", null)) == 1
}

test_other_variables_are_not_denied if {
	denied("ENV", "PATH", "/bin") == set()
	denied("ENV", "NOT_TOKEN", "hunter2") == set()
	denied("ENV", "TOKEN_FILE", "/run/secrets/t") == set()
	denied("ARG", "VERSION", null) == set()
	denied("ARG", "TOKEN_FILE", null) == set()
	denied("ARG", "NPM_TOKEN", "") == set()
	denied("ARG", "NPM_TOKEN", "$OTHER") == set()
	denied("ENV", "DB_PASSWORD", null) == set()
	denied("ENV", "TOKEN", "$NPM_TOKEN") == set()
	denied("RUN", "DB_PASSWORD", "hunter2") == set()
}

test_without_a_dockerfile_nothing_is_said if {
	secrets.deny == set() with input as {} with data.parameters as {"known_not_secret": []}
}
