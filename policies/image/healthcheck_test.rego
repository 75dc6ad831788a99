package policyengine.image.healthcheck_test

import data.policyengine.image.healthcheck

denied(config) := result if {
	result := count(healthcheck.deny) with input as {"image": {"config": config}}
}

test_a_check_that_checks_nothing_is_denied if {
	every config in [
		{},
		{"Healthcheck": {}},
		{"Healthcheck": {"Test": []}},
		{"Healthcheck": {"Test": ["NONE"]}},
		{"Healthcheck": {"Test": ["NONE", "/check"]}},
		{"Healthcheck": {"Test": ["CMD"]}},
		{"Healthcheck": {"Test": ["CMD-SHELL", " "]}},
	] {
		denied(config) == 1
	}
}

test_a_check_is_enough if {
	denied({"Healthcheck": {"Test": ["CMD", "/check"]}}) == 0
	denied({"Healthcheck": {"Test": ["CMD-SHELL", "curl -f localhost"]}}) == 0
}

test_without_the_image_there_is_no_check if {
	count(healthcheck.deny) == 1 with input as {}
}

test_the_whole_result_of_deny if {
	healthcheck.deny == {{"msg": "the image has no health check", "paths": [["image", "config", "Healthcheck"]]}} with input as {}
}
