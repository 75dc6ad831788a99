package policyengine.image.age_test

import data.policyengine.image.age

day := 86400000000000

now := 1000 * day

denied(created, limit) := result if {
	result := count(age.deny) with input as {"evaluated_at_ns": now, "image": {"created_ns": created}}
		with data.parameters as {"max_image_age_days": limit}
}

test_an_old_image_is_denied if denied(now - (31 * day), 30) == 1

test_an_image_at_the_limit_is_not_denied if {
	denied(now - (30 * day), 30) == 0
	denied(now - ((31 * day) - 1), 30) == 0
}

test_an_image_without_a_date_is_denied if denied(null, 30) == 1

test_an_image_from_the_future_is_denied if denied(now + (2 * day), 30) == 1

test_clocks_may_differ_by_a_day if denied(now + day, 30) == 0

test_no_limit_asks_nothing if {
	denied(null, 0) == 0
	denied(0, 0) == 0
}

test_without_the_image_it_counts_as_undated if {
	count(age.deny) == 1 with input as {"evaluated_at_ns": now} with data.parameters as {"max_image_age_days": 30}
}

test_the_whole_result_of_deny if {
	age.deny == {{"msg": "the image does not say when it was built, or says a time to come", "paths": [["image", "created"]]}} with input as {"evaluated_at_ns": 86400000000000000}
		with data.parameters as {"max_image_age_days": 30}
}

test_the_whole_result_of_deny_2 if {
	age.deny == {{"msg": "the image is 31 days old; the limit is 30", "paths": [["image", "created"]]}} with input as {"evaluated_at_ns": 86400000000000000, "image": {"created_ns": 83721600000000000}}
		with data.parameters as {"max_image_age_days": 30}
}

test_a_limit_of_one_day_is_a_limit if {
	denied(now - (2 * day), 1) == 1
	denied(null, 1) == 1
}
