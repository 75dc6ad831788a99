package policyengine.dockerfile.healthcheck_test

import data.policyengine.dockerfile.healthcheck

denied(stages) := result if {
	result := healthcheck.deny with input as {"dockerfile": {"final_stage": count(stages) - 1, "stages": stages}}
}

stage(base, keyword) := {"base": {"stage": base}, "instructions": [{"instruction": keyword}]}

test_a_last_stage_without_a_check_is_denied if {
	denied([stage(null, "RUN")]) == {{
		"msg": "the last stage of the Dockerfile has no HEALTHCHECK",
		"paths": [["dockerfile", "final_stage"]],
	}}
	count(denied([stage(null, "HEALTHCHECK"), stage(null, "RUN")])) == 1
}

test_a_check_is_enough if {
	denied([stage(null, "HEALTHCHECK")]) == set()
	denied([stage(null, "HEALTHCHECK"), stage(0, "RUN")]) == set()
}

test_without_a_dockerfile_nothing_is_said if count(healthcheck.deny) == 0 with input as {}
