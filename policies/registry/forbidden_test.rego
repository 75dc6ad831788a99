package policyengine.registry.forbidden_test

import data.policyengine.registry.forbidden

denied(registry, listed) := result if {
	result := forbidden.deny with input as {"subject": {"registry": registry}}
		with data.parameters as {"forbidden_registries": listed}
}

test_a_forbidden_registry_is_denied if {
	some reason in denied("docker.io", ["quay.io", "docker.io"])
	endswith(reason.msg, " docker.io")
	count(denied("DOCKER.IO", ["docker.io"])) == 1
}

test_an_image_without_a_name_is_denied_where_some_are_forbidden if {
	some reason in denied(null, ["docker.io"])
	reason.msg == "the image has no name, and may be from a forbidden registry"
}

test_another_registry_is_not_denied if denied("docker.io:5000", ["docker.io"]) == set()

test_an_empty_list_allows_any if denied(null, []) == set()

test_without_a_subject_the_registry_is_unknown if {
	count(forbidden.deny) == 1 with input as {} with data.parameters as {"forbidden_registries": ["docker.io"]}
}

test_the_whole_result_of_deny if {
	forbidden.deny == {{"msg": "the image has no name, and may be from a forbidden registry", "paths": [["subject", "registry"]]}} with input as {}
		with data.parameters as {"forbidden_registries": ["docker.io"]}
}

test_the_whole_result_of_deny_2 if {
	forbidden.deny == {{"msg": "the image is from the forbidden registry docker.io", "paths": [["subject", "registry"]]}} with input as {"subject": {"registry": "docker.io"}}
		with data.parameters as {"forbidden_registries": ["quay.io", "docker.io"]}
}

test_the_whole_result_of_deny_3 if {
	forbidden.deny == {{"msg": "the image is from the forbidden registry DOCKER.IO", "paths": [["subject", "registry"]]}} with input as {"subject": {"registry": "DOCKER.IO"}}
		with data.parameters as {"forbidden_registries": ["docker.io"]}
}
