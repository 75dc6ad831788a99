package policyengine.base.allowed_test

import data.policyengine.base.allowed

denied(base, names, digests) := result if {
	result := count(allowed.deny) with input as {"base": base}
		with data.parameters as {"allowed_bases": names, "allowed_base_digests": digests}
}

named(name) := {"name": name, "digest": null}

test_an_allowed_base_is_not_denied if {
	every name in [
		"registry.example.com/base/python:3.13",
		"registry.example.com/base/python",
		"registry.example.com/base/python:3@sha256:00",
	] {
		denied(named(name), ["registry.example.com/base/*"], []) == 0
	}
}

test_a_port_is_no_tag if denied(named("host:5000/base/a:1"), ["host:5000/base/a"], []) == 0

test_another_base_is_denied if {
	every name in [
		"docker.io/library/python:3.13",
		"evil.example/registry.example.com/base/python",
		"registry.example.com.evil.example/base/python",
		"registry.example.com/base/x/y",
		"registry.example.com/base",
	] {
		denied(named(name), ["registry.example.com/base/*"], []) == 1
	}
}

test_a_digest_is_enough if denied({"name": null, "digest": "sha256:1"}, [], ["sha256:1"]) == 0

test_another_digest_is_denied if denied({"name": "a", "digest": "sha256:2"}, [], ["sha256:1"]) == 1

test_an_unknown_base_is_denied_where_some_are_allowed if {
	denied(null, ["a"], []) == 1
	denied(named(null), ["*"], []) == 1
}

test_with_nothing_configured_any_base_may if denied(null, [], []) == 0

test_without_evidence_the_base_is_unknown if {
	count(allowed.deny) == 1 with input as {}
		with data.parameters as {"allowed_bases": ["a"], "allowed_base_digests": []}
}

test_the_whole_result_of_deny if {
	allowed.deny == {{"msg": "the base image is not an allowed one: not known", "paths": [["base", "name"], ["base", "digest"]]}} with input as {}
		with data.parameters as {"allowed_base_digests": [], "allowed_bases": ["a"]}
}

test_the_whole_result_of_deny_2 if {
	allowed.deny == {{"msg": "the base image is not an allowed one: a", "paths": [["base", "name"], ["base", "digest"]]}} with input as {"base": {"digest": "sha256:2", "name": "a"}}
		with data.parameters as {"allowed_base_digests": ["sha256:1"], "allowed_bases": []}
}

test_the_whole_result_of_deny_3 if {
	allowed.deny == {{"msg": "the base image is not an allowed one: registry.example.com/base", "paths": [["base", "name"], ["base", "digest"]]}} with input as {"base": {"digest": null, "name": "registry.example.com/base"}}
		with data.parameters as {"allowed_base_digests": [], "allowed_bases": ["registry.example.com/base/*"]}
}

test_the_whole_result_of_deny_4 if {
	allowed.deny == {{"msg": "the base image is not an allowed one: docker.io/library/python:3.13", "paths": [["base", "name"], ["base", "digest"]]}} with input as {"base": {"digest": null, "name": "docker.io/library/python:3.13"}}
		with data.parameters as {"allowed_base_digests": [], "allowed_bases": ["registry.example.com/base/*"]}
}

test_what_is_said_of_a_base_without_a_name if {
	some reason in allowed.deny with input as {"base": {"name": null, "digest": "sha256:2"}}
		with data.parameters as {"allowed_bases": ["*"], "allowed_base_digests": []}
	reason.msg == "the base image is not an allowed one: not known"
}
