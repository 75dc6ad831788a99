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
	denied("ENV", "DB_PASSWORD", `"none"`) == set()
	denied("ENV", "DB_PASSWORD", `'$OTHER'`) == set()
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

judged(dockerfile) := result if {
	result := secrets.deny with input as {"dockerfile": dockerfile} with data.parameters as {"known_not_secret": ["NOT_TOKEN"]}
}

variable := {"name": "X", "written": concat("", ["ghp_", concat("", ["a" | some _ in numbers.range(1, 36)])])}

test_a_secret_before_the_first_stage_is_denied if {
	judged({"global_arguments": [{"instruction": "ARG", "line": 1, "original": "ARG X=y", "variables": [variable]}]}) == {{
		"msg": "line 1: ARG X holds a secret",
		"line": 1,
		"variable": "X",
		"paths": [["dockerfile", "global_arguments", 0]],
	}}
}

test_a_secret_that_is_triggered_is_denied if {
	trigger := {"instruction": "ENV", "line": 4, "original": "ENV X=y", "variables": [variable]}
	item := {"instruction": "ONBUILD", "line": 4, "original": "ONBUILD ENV X=y", "variables": [], "trigger": trigger}
	judged({"stages": [{"instructions": [item]}]}) == {{
		"msg": "line 4: ONBUILD ENV X holds a secret",
		"line": 4,
		"variable": "X",
		"paths": [["dockerfile", "stages", 0, "instructions", 0, "trigger"]],
	}}
}

in_command(keyword, text) := judged({"stages": [{"instructions": [{"instruction": keyword, "line": 4, "original": text}]}]})

test_a_secret_in_a_command_is_denied if {
	in_command("RUN", "RUN DB_PASSWORD=hunter2 make") == {{
		"msg": "line 4: RUN holds a secret: DB_PASSWORD",
		"line": 4,
		"variable": "DB_PASSWORD",
		"paths": [["dockerfile", "stages", 0, "instructions", 0]],
	}}
	every keyword in ["CMD", "ENTRYPOINT", "HEALTHCHECK"] {
		count(in_command(keyword, concat(" ", [keyword, "curl http://me:hunter2@a/"]))) == 1
	}
}

test_a_command_without_a_secret_is_not_denied if {
	every text in ["RUN DB_PASSWORD=$DB_PASSWORD make", "RUN make", "RUN NOT_TOKEN=x make", "RUN --mount=type=secret,id=npm_token make"] {
		in_command("RUN", text) == set()
	}
	in_command("COPY", "COPY DB_PASSWORD=hunter2 /") == set()
}
