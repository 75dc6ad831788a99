package policyengine.trust.required_signers_test

import data.policyengine.trust.required_signers

parameters := {"required_signers": {"registry.example.com/shop/*": ["release", "security"]}}

subject := {"registry": "registry.example.com", "repository": "shop/web"}

signature(signer, verified) := {"signer": signer, "verified": verified}

denied(about, signatures) := result if {
	result := count(required_signers.deny) with input as {"subject": about, "trust": {"signatures": signatures}}
		with data.parameters as parameters
}

test_an_image_signed_by_one_of_them_is_not_denied if {
	denied(subject, [signature("release", true)]) == 0
	denied(subject, [signature("other", true), signature("security", true)]) == 0
}

test_an_image_that_is_not_signed_by_any_is_denied if {
	every signatures in [
		[],
		[signature("other", true)],
		[signature("release", false)],
		[signature("Release", true)],
		[signature("release", "true")],
		[signature("release", null)],
	] {
		denied(subject, signatures) == 1
	}
}

test_each_pattern_asks_for_itself if {
	both := {"required_signers": {"registry.example.com/**": ["a"], "*/shop/web": ["b"]}}
	count(required_signers.deny) == 1 with input as {"subject": subject, "trust": {"signatures": [signature("a", true)]}}
		with data.parameters as both
}

test_another_repository_is_not_asked_for_a_signature if {
	denied({"registry": "docker.io", "repository": "shop/web"}, []) == 0
	denied({"registry": "registry.example.com", "repository": "shop/a/b"}, []) == 0
}

test_an_image_without_a_name_could_be_any if {
	denied({"registry": null, "repository": null}, []) == 1
	denied({"registry": null, "repository": "shop/web"}, []) == 1
}

test_without_trust_data_a_required_signature_is_missing if {
	count(required_signers.deny) == 1 with input as {"subject": subject} with data.parameters as parameters
}

test_without_a_requirement_nothing_is_said if {
	count(required_signers.deny) == 0 with input as {"subject": subject} with data.parameters as {"required_signers": {}}
}

test_the_whole_result_of_deny if {
	required_signers.deny == {{"msg": "the image is not signed by release or security, as required_signers asks of registry.example.com/shop/*", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}} with input as {"subject": {"registry": "registry.example.com", "repository": "shop/web"}}
		with data.parameters as {"required_signers": {"registry.example.com/shop/*": ["release", "security"]}}
}

test_the_whole_result_of_deny_2 if {
	required_signers.deny == {{"msg": "the image is not signed by b, as required_signers asks of */shop/web", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}} with input as {"subject": {"registry": "registry.example.com", "repository": "shop/web"}, "trust": {"signatures": [{"signer": "a", "verified": true}]}}
		with data.parameters as {"required_signers": {"*/shop/web": ["b"], "registry.example.com/**": ["a"]}}
}
