package policyengine.base.age_test

import data.policyengine.base.age

day := 86400000000000

now := 1000 * day

denied(base, limit) := result if {
	result := count(age.deny) with input as {"evaluated_at_ns": now, "base": base}
		with data.parameters as {"max_base_age_days": limit}
}

test_an_old_base_is_denied if denied({"created_ns": now - (31 * day)}, 30) == 1

test_a_base_at_the_limit_is_not_denied if denied({"created_ns": now - (30 * day)}, 30) == 0

test_a_base_of_unknown_age_is_denied if {
	denied(null, 30) == 1
	denied({"created_ns": null}, 30) == 1
}

test_a_base_from_the_future_is_denied if denied({"created_ns": now + (2 * day)}, 30) == 1

test_no_limit_asks_nothing if denied(null, 0) == 0

test_without_evidence_the_age_is_unknown if {
	count(age.deny) == 1 with input as {"evaluated_at_ns": now} with data.parameters as {"max_base_age_days": 30}
}

test_the_whole_result_of_deny if {
	age.deny == {{"msg": "the age of the base image is not known; the limit is 30 days", "paths": [["base", "name"], ["base", "created"]]}} with input as {"evaluated_at_ns": 86400000000000000}
		with data.parameters as {"max_base_age_days": 30}
}

test_it_is_said_how_old_the_base_is if {
	messages(now - (31 * day)) == {"the base image a.example/b:1 is 31 days old; the limit is 30"}
	messages(now + (2 * day)) == {"the base image a.example/b:1 says that it was built at a time to come"}
	messages(null) == {"the age of the base image a.example/b:1 is not known; the limit is 30 days"}
}

messages(created) := {reason.msg | some reason in found} if {
	found := age.deny with input as {"evaluated_at_ns": now, "base": {"name": "a.example/b:1", "created_ns": created}}
		with data.parameters as {"max_base_age_days": 30}
}

test_a_limit_of_one_day_is_a_limit if denied({"created_ns": now - (2 * day)}, 1) == 1
