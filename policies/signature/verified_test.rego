package policyengine.signature.verified_test

import data.policyengine.signature.verified

subject := {"registry": "r.example", "repository": "shop/web"}

denied(about, signatures) := result if {
	result := verified.deny with input as {"subject": about, "trust": {"signatures": signatures}}
		with data.parameters as {"signed_repositories": ["r.example/shop/*"]}
}

test_an_image_that_is_not_signed_is_denied if {
	every signatures in [[], [{"verified": false}], [{"verified": null}], [{"verified": "true"}]] {
		denied(subject, signatures) == {{"msg": "the image has no signature that holds, as signed_repositories asks of r.example/shop/*", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}}
	}
}

test_an_image_without_a_name_could_be_any if {
	count(denied({"registry": null, "repository": null}, [])) == 1
	count(denied({"registry": "r.example", "repository": null}, [])) == 1
	count(denied({"registry": null, "repository": "a"}, [])) == 1
}

test_a_signed_image_is_not_denied if denied(subject, [{"verified": false}, {"verified": true}]) == set()

test_another_repository_is_not_asked if denied({"registry": "r.example", "repository": "other"}, []) == set()

test_without_trust_data_there_is_no_signature if {
	count(verified.deny) == 1 with input as {"subject": subject} with data.parameters as {"signed_repositories": ["**"]}
}
