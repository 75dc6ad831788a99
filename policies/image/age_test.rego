package policyengine.image.age_test

import data.policyengine.image.age

day := 86400000000000

now := 20000 * day

reasons(created, limit) := result if {
	result := age.deny with input as {"evaluated_at_ns": now, "image": {"created_ns": created}}
		with data.parameters as {"max_image_age_days": limit}
}

denied(created, limit) := count(reasons(created, limit))

said(message) := {{"msg": message, "paths": [["image", "created"]]}}

test_an_old_image_is_denied if reasons(now - (31 * day), 30) == said("the image is 31 days old; the limit is 30")

test_an_image_at_the_limit_is_not_denied if {
	denied(now - (30 * day), 30) == 0
	denied(now - ((31 * day) - 1), 30) == 0
}

test_a_date_before_there_were_images_is_denied_as_none if {
	every created in [0, 315532801000000000, 1356998399999999999, -1] {
		reasons(created, 30) == said("the image says that it was built before there were container images, as builders do that leave the time out; the limit is 30 days")
	}
	reasons(1356998400000000000, 30) == said("the image is 4294 days old; the limit is 30")
}

test_an_image_without_a_date_is_denied if reasons(null, 30) == said("the image does not say when it was built")

test_an_image_from_the_future_is_denied if {
	reasons(now + (2 * day), 30) == said("the image says that it was built at a time to come")
}

test_clocks_may_differ_by_a_day if denied(now + day, 30) == 0

test_no_limit_asks_nothing if {
	denied(null, 0) == 0
	denied(0, 0) == 0
}

test_without_the_image_it_counts_as_undated if {
	age.deny == said("the image does not say when it was built") with input as {"evaluated_at_ns": now}
		with data.parameters as {"max_image_age_days": 30}
}

test_a_limit_of_one_day_is_a_limit if {
	denied(now - (2 * day), 1) == 1
	denied(null, 1) == 1
}
