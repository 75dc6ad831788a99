package policyengine.base.latest_test

import data.policyengine.base.latest

denied(base) := result if {
	result := latest.deny with input as {"base": base}
}

test_a_base_named_latest_is_denied if {
	every name in ["python:latest", "python", "host:5000/a/python", "host:5000/python:latest"] {
		some reason in denied({"name": name})
		reason.msg == sprintf("the base image %s is named latest", [name])
	}
}

test_a_base_with_a_version_or_digest_is_not_denied if {
	every name in ["python:3.13", "host:5000/python:1", "python@sha256:0", "python@sha256", "python:latest@sha256:0", "a:latest-1"] {
		denied({"name": name}) == set()
	}
}

test_an_unknown_base_has_a_rule_of_its_own if {
	denied(null) == set()
	denied({"name": null}) == set()
}

test_without_evidence_nothing_is_said if count(latest.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	latest.deny == {{"msg": "the base image python is named latest", "paths": [["base", "name"]]}} with input as {"base": {"name": "python"}}
}

test_the_whole_result_of_deny_2 if {
	latest.deny == {{"msg": "the base image host:5000/a/python is named latest", "paths": [["base", "name"]]}} with input as {"base": {"name": "host:5000/a/python"}}
}
