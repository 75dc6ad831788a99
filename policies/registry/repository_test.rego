package policyengine.registry.repository_test

import data.policyengine.registry.repository

denied(registry, name, listed) := result if {
	result := repository.deny with input as {"subject": {"registry": registry, "repository": name}}
		with data.parameters as {"allowed_repositories": listed}
}

test_another_repository_is_denied if {
	some reason in denied("r.example", "shop/web", ["r.example/base/*", "r.example/shop"])
	reason.msg == "the image is not from an allowed repository: r.example/shop/web"
	count(denied("r.example", "shop/a/b", ["r.example/shop/*"])) == 1
	count(denied("evil.example", "r.example/shop/web", ["r.example/shop/*"])) == 1
}

test_an_image_without_a_name_is_denied if {
	some reason in denied(null, null, ["**"])
	endswith(reason.msg, "it has no name")
	count(denied("r.example", null, ["**"])) == 1
	count(denied(null, "a", ["**"])) == 1
}

test_a_repository_that_fits_is_not_denied if {
	denied("r.example", "shop/web", ["x", "r.example/shop/*"]) == set()
	denied("r.example", "shop/a/b", ["r.example/**"]) == set()
}

test_an_empty_list_allows_any if denied(null, null, []) == set()

test_without_a_subject_it_is_from_none if {
	count(repository.deny) == 1 with input as {} with data.parameters as {"allowed_repositories": ["**"]}
}

test_the_whole_result_of_deny if {
	repository.deny == {{"msg": "the image is not from an allowed repository: it has no name", "paths": [["subject", "registry"], ["subject", "repository"]]}} with input as {}
		with data.parameters as {"allowed_repositories": ["**"]}
}

test_the_whole_result_of_deny_2 if {
	repository.deny == {{"msg": "the image is not from an allowed repository: r.example/shop/web", "paths": [["subject", "registry"], ["subject", "repository"]]}} with input as {"subject": {"registry": "r.example", "repository": "shop/web"}}
		with data.parameters as {"allowed_repositories": ["r.example/base/*", "r.example/shop"]}
}

test_the_whole_result_of_deny_3 if {
	repository.deny == {{"msg": "the image is not from an allowed repository: r.example/shop/a/b", "paths": [["subject", "registry"], ["subject", "repository"]]}} with input as {"subject": {"registry": "r.example", "repository": "shop/a/b"}}
		with data.parameters as {"allowed_repositories": ["r.example/shop/*"]}
}
