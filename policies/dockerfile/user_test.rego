package policyengine.dockerfile.user_test

import data.policyengine.dockerfile.user

denied(stages) := result if {
	result := user.deny with input as {"dockerfile": {"final_stage": count(stages) - 1, "stages": stages}}
}

stage(base, names) := {
	"base": {"stage": base},
	"instructions": [{"instruction": word, "arguments": [name], "expanded": [name]} | some pair in names; word := pair[0]; name := pair[1]],
}

said(message) := {{"msg": message, "paths": [["dockerfile", "final_stage"]]}}

test_root_is_denied if {
	every names in [[["USER", "root"]], [["USER", "0:0"]], [["USER", "1"], ["USER", "00"]], [["USER", ""]], [["USER", ":1"]], [["USER", "+0:1"]]] {
		denied([stage(null, names)]) == said("the last USER of the Dockerfile names root, or a variable without a default")
	}
	every names in [[], [["RUN", "1"]]] {
		denied([stage(null, names)]) == said("the Dockerfile sets no user, so that it is the one of the base image, which most often is root")
	}
	count(denied([stage(null, [["USER", "1"]]), stage(null, [])])) == 1
	count(denied([stage(null, [["USER", "1"]]), stage(0, [["USER", "root"]])])) == 1
	count(denied([stage(null, [["USER", "root"]]), stage(0, [])])) == 1
}

variable(expanded) := [{
	"base": {"stage": null},
	"instructions": [{"instruction": "USER", "arguments": ["$NAME"], "expanded": expanded}],
}]

test_a_variable_is_what_it_is_by_default if {
	count(denied(variable(["root"]))) == 1
	count(denied(variable([""]))) == 1
	denied(variable(["app"])) == set()
}

test_what_is_only_known_at_build_time_may_be_root if count(denied(variable(null))) == 1

test_another_user_is_not_denied if {
	denied([stage(null, [["USER", "root"], ["USER", "10001"]])]) == set()
	denied([stage(null, [["USER", "1"]]), stage(0, [])]) == set()
	denied([stage(null, [["USER", "rooted"]])]) == set()
	denied([stage(null, [["USER", "-1"]])]) == set()
}

test_without_a_dockerfile_nothing_is_said if count(user.deny) == 0 with input as {}
