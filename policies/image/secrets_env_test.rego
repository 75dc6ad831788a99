package policyengine.image.secrets_env_test

import data.policyengine.image.secrets_env

found(variable, accepted) := result if {
	result := count(secrets_env.deny) with input as {"image": {"config": {"Env": [variable]}}}
		with data.parameters as {"known_not_secret": accepted}
}

test_a_secret_is_denied if {
	every variable in [
		"DB_PASSWORD=hunter2",
		"db_passwd=hunter2",
		"SMTP_PASS=hunter2",
		"API_KEY=a=b=c",
		"AWS_SECRET_ACCESS_KEY=abc",
		"GIT_TOKEN=abc",
		"HARMLESS=AKIAABCDEFGHIJKLMNOP",
		"DATABASE_URL=postgres://me:secret@db/x",
		"KEY=-----BEGIN RSA PRIVATE KEY-----",
		"X=ghp_A1b2C3d4A1b2C3d4A1b2C3d4A1b2C3d4E5f6",
		"PASSWORD=two words\nand lines",
	] {
		found(variable, []) == 1
	}
}

test_what_is_no_secret_is_not_denied if {
	every variable in [
		"PATH=/usr/bin",
		"PASSWORD=",
		"PASSWORD",
		"REQUIRE_PASSWORD=true",
		"POSTGRES_PASSWORD_FILE=/run/secrets/pg",
		"TOKEN=$TOKEN",
		"SECRET_NAME=web-tls",
		"COMPASS=north",
		"BYPASSED=1",
	] {
		found(variable, []) == 0
	}
}

test_a_name_that_is_known_to_be_no_secret_is_accepted if found("API_KEY=public", ["API_KEY"]) == 0

test_without_variables_nothing_is_said if {
	count(secrets_env.deny) == 0 with input as {} with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny if {
	secrets_env.deny == {{"msg": "the environment variable API_KEY holds a secret", "paths": [["image", "config", "Env", 0]]}} with input as {"image": {"config": {"Env": ["API_KEY=a=b=c"]}}}
		with data.parameters as {"known_not_secret": []}
}
