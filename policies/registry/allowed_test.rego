package policyengine.registry.allowed_test

import data.policyengine.registry.allowed

denied(registry, listed) := result if {
	result := count(allowed.deny) with input as {"subject": {"registry": registry}}
		with data.parameters as {"allowed_registries": listed}
}

test_a_listed_registry_is_not_denied if denied("ghcr.io", ["gcr.io", "ghcr.io"]) == 0

test_another_registry_is_denied if {
	every registry in ["docker.io", "ghcr.io.evil.example", "ghcr.io:5000", "GHCR.IO", "evil.example", null] {
		denied(registry, ["ghcr.io"]) == 1
	}
}

test_an_empty_list_allows_any if denied("docker.io", []) == 0

test_without_a_subject_it_is_from_none if {
	count(allowed.deny) == 1 with input as {} with data.parameters as {"allowed_registries": ["ghcr.io"]}
}

test_the_whole_result_of_deny if {
	allowed.deny == {{"msg": "the image is not from an allowed registry: it has no name", "paths": [["subject", "registry"]]}} with input as {}
		with data.parameters as {"allowed_registries": ["ghcr.io"]}
}

test_the_whole_result_of_deny_2 if {
	allowed.deny == {{"msg": "the image is not from an allowed registry: GHCR.IO", "paths": [["subject", "registry"]]}} with input as {"subject": {"registry": "GHCR.IO"}}
		with data.parameters as {"allowed_registries": ["ghcr.io"]}
}

test_the_whole_result_of_deny_3 if {
	allowed.deny == {{"msg": "the image is not from an allowed registry: docker.io", "paths": [["subject", "registry"]]}} with input as {"subject": {"registry": "docker.io"}}
		with data.parameters as {"allowed_registries": ["ghcr.io"]}
}

test_the_whole_result_of_deny_4 if {
	allowed.deny == {{"msg": "the image is not from an allowed registry: ghcr.io:5000", "paths": [["subject", "registry"]]}} with input as {"subject": {"registry": "ghcr.io:5000"}}
		with data.parameters as {"allowed_registries": ["ghcr.io"]}
}

test_what_is_said_of_an_image_without_a_name if {
	some reason in allowed.deny with input as {"subject": {"registry": null}}
		with data.parameters as {"allowed_registries": ["ghcr.io"]}
	reason.msg == "the image is not from an allowed registry: it has no name"
}
