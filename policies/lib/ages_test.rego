package policyengine.lib.ages_test

import data.policyengine.lib.ages

day := 86400000000000

age(made) := days if days := ages.days(made) with input as {"evaluated_at_ns": 10 * day}

test_an_age_is_in_whole_days if {
	age(10 * day) == 0
	age((9 * day) + 1) == 0
	age(9 * day) == 1
	age((9 * day) - 1) == 1
	age(0) == 10
}

ahead(made) if ages.in_future(made) with input as {"evaluated_at_ns": 10 * day}

test_a_clock_may_be_a_day_ahead if {
	not ahead(9 * day)
	not ahead(10 * day)
	not ahead(11 * day)
	ahead((11 * day) + 1)
}
