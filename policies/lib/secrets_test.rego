package policyengine.lib.secrets_test

import data.policyengine.lib.secrets

repeated(text, times) := concat("", [text | some _ in numbers.range(1, times)])

test_names_of_secrets_are_known if {
	every name in [
		"DB_PASSWORD", "PASSWD", "passphrase", "DB_PASS", "pass.db", "PASS", "pwd", "DB-PWD", "CLIENT_SECRET", "NPM_TOKEN",
		"CREDENTIALS", "APIKEY", "api-key", "API_KEY", "ACCESS_KEY", "accesskey", "private.key", "PRIVATEKEY",
		"ENCRYPTION_KEY", "encryptionkey", "SIGNING_KEY", "signingkey", "CONNECTION_STRING", "ConnectionString",
	] {
		secrets.secret_name(name)
	}
}

test_other_names_are_no_secrets if {
	every name in [
		"", "PATH", "PASSENGER", "COMPASS", "BYPASS_CACHE", "OLDPWD", "PWDX", "KEY", "PUBLIC_KEY", "KEYBOARD", "API", "ACCESS",
		"API__KEY", "STRING", "CONNECTION", "SIGNING", "PASSWRD",
	] {
		not secrets.secret_name(name)
	}
}

# Each at its least length; none of them is in use.
values := [
	concat("", ["AKIA", repeated("A", 16)]),
	concat("", ["ASIA", repeated("1", 16)]),
	concat("", ["AGPA", repeated("B", 16)]),
	concat("", ["AIDA", repeated("C", 16)]),
	concat("", ["AROA", repeated("D", 16)]),
	concat("", ["A3TX", repeated("E", 16)]),
	concat("", ["ghp_", repeated("a", 36)]),
	concat("", ["gho_", repeated("B", 36)]),
	concat("", ["ghu_", repeated("1", 36)]),
	concat("", ["ghs_", repeated("a", 36)]),
	concat("", ["ghr_", repeated("a", 36)]),
	concat("", ["github_pat_", repeated("a", 22)]),
	concat("", ["glpat-", repeated("a", 20)]),
	concat("", ["npm_", repeated("a", 36)]),
	concat("", ["xoxb-", repeated("1", 10)]),
	concat("", ["sk_live_", repeated("a", 16)]),
	concat("", ["rk_live_", repeated("a", 16)]),
	concat("", ["AIza", repeated("a", 35)]),
	concat("", ["eyJ", repeated("a", 8), ".eyJ", repeated("b", 8), "."]),
]

test_tokens_of_published_forms_are_known if {
	every value in values {
		secrets.secret_value(value)
		secrets.secret_value(sprintf("x %s y", [value]))
	}
}

test_a_token_that_is_a_character_short_is_none if {
	every value in values {
		not secrets.secret_value(substring(value, 0, count(value) - 1))
	}
}

test_another_beginning_is_no_token if {
	every value in [
		concat("", ["AXIA", repeated("A", 16)]),
		concat("", ["akia", repeated("a", 16)]),
		concat("", ["AKIA", repeated("a", 16)]),
		concat("", ["ghx_", repeated("a", 36)]),
		concat("", ["xoxz-", repeated("1", 10)]),
		concat("", ["pk_live_", repeated("a", 16)]),
		concat("", ["sk_test_", repeated("a", 16)]),
		concat("", ["eyJ", repeated("a", 8), ".abc", repeated("b", 8), "."]),
	] {
		not secrets.secret_value(value)
	}
}

test_private_keys_are_known if {
	every kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
		secrets.secret_value(sprintf("-----BEGIN %sPRIVATE KEY-----", [kind]))
	}
	not secrets.secret_value("-----BEGIN PUBLIC KEY-----")
	not secrets.secret_value("-----BEGIN CERTIFICATE-----")
}

test_an_address_with_a_password_is_a_secret if {
	every value in ["postgres://me:x@db", "redis://:x@cache:6379", "git+https://me:x@git.example/a"] {
		secrets.secret_value(value)
	}
	every value in ["postgres://me@db", "https://r.example:5000/a@1", "https://r.example", "me:x@db", "https://me:@db"] {
		not secrets.secret_value(value)
	}
}

placeholders := [
	"", "true", "false", "yes", "no", "none", "null", "on", "off", "enabled", "disabled", "required", "optional",
	"changeme", "xxx", "xxxxx", "TRUE", "ChangeMe", "$TOKEN", "${TOKEN}", "<token>", "{{ token }}", "%TOKEN%",
	"/run/secrets/token", "./token", "file:token", "*", "****", ".", "$A$B", "${A}-$B", "${TOKEN:-}", "${TOKEN:?is not set}",
	"${TOKEN:-$OTHER}", "${TOKEN%%-*}", "$(cat x)", "<your", "{token}", "$env:TOKEN",
]

test_placeholders_are_no_secrets if {
	every value in placeholders {
		secrets.placeholder(value)
		not secrets.named_secret("TOKEN", value)
	}
}

test_what_only_begins_or_ends_as_a_placeholder_is_none if {
	every value in [
		"truex", "xtrue", "nothing", "changeme1", "xx", "a$b", "a<b", "a/b", "a./b", "a*", "*a", "profile:x", "..token", "filex",
		"${TOKEN:-hunter2}", "${TOKEN-x}", "$A-x", "<hunter2", "{hunter2", "%hunter2", "%a", "/9j+x=", "ключ", "$env:a-b",
	] {
		not secrets.placeholder(value)
		secrets.named_secret("TOKEN", value)
	}
}

test_what_a_request_is_sent_with_is_a_secret if {
	every value in [
		"curl -H 'Authorization: Bearer abcdefgh' x", "authorization:token abcdefgh", "Authorization: Basic abcd+/==",
		"curl -u me:hunter2 x", "curl x --user=me:h", "curl -s -u 'me:h' x", `curl -u "me:h" x`,
	] {
		secrets.secret_value(value)
	}
	every value in [
		"curl -H 'Authorization: Bearer $TOKEN' x", "Authorization: Bearer abc", "docker run -u 1000:1000 x", "curl -u me x",
		"curl -u $USER:$PASS x", "curl -u me:$PASS x", "curl x | y -u a:b", "curl -u me: x",
	] {
		not secrets.secret_value(value)
	}
}

test_a_token_is_a_secret_under_any_name if {
	value := concat("", ["ghp_", repeated("a", 36)])
	secrets.named_secret("VERSION", value)
	secrets.named_secret("TOKEN_FILE", value)
	not secrets.named_secret("VERSION", "1.2")
}

test_the_place_of_a_secret_is_no_secret if {
	every end in ["file", "path", "dir", "url", "uri", "name", "id", "type", "ttl", "length", "expiry", "FILE"] {
		every between in ["_", ".", "-"] {
			name := concat(between, ["TOKEN", end])
			secrets.file_pointer(name)
			not secrets.named_secret(name, "hunter2")
		}
		not secrets.file_pointer(concat("", ["TOKEN", end]))
		secrets.named_secret(concat("", ["TOKEN", end]), "hunter2")
		secrets.named_secret(sprintf("TOKEN_%s_1", [end]), "hunter2")
	}
}

test_assignments_are_found_in_a_command if {
	every pair in [
		["RUN A=1 B=2 make", {["A", "1"], ["B", "2"]}],
		["export A=\"b c\" && D='e;f' g", {["A", "b c"], ["D", "e;f"]}],
		["a=b=c", {["a", "b=c"]}],
		["A=1;B=2|C=3&D=4", {["A", "1"], ["B", "2"], ["C", "3"], ["D", "4"]}],
		["A=1\tB=2\nC=3", {["A", "1"], ["B", "2"], ["C", "3"]}],
		["|1 a.b-c=d /bin/sh", {["a.b-c", "d"]}],
		["_A=1", {["_A", "1"]}],
		["1=2 =3 A= B", set()],
		["A='' make", {["A", ""]}],
		["A=x\"y", {["A", "x"]}],
		["A=\"b\tc\nd\"", {["A", "b c d"]}],
		["A='~b~' B=c~", {["A", "~b~"], ["B", "c~"]}],
		["A=''\"b\" make", {["A", "b"]}],
		["A=b'c d'e make", {["A", "bc de"]}],
		["login --password hunter2 --api-key 'a b'", {["password", "hunter2"], ["api-key", "a b"]}],
		["login --token=x", {["token", "x"]}],
		["adduser --disabled-password x", set()],
		["login --password-stdin x; a --password | b --token -c --passwd", set()],
		["ls", set()],
		["", set()],
	] {
		secrets.assignments(pair[0]) == pair[1]
	}
}

test_the_secrets_in_a_command_are_named if {
	secrets.named_in("A=1 DB_PASSWORD=hunter2 x --token t") == {"DB_PASSWORD", "token"}
	secrets.named_in("curl http://me:hunter2@a/") == {"a token"}
	secrets.named_in("DB_PASSWORD=$OTHER x") == set()
}
