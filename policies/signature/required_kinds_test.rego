package policyengine.signature.required_kinds_test

import data.policyengine.signature.required_kinds

subject := {"registry": "r.example", "repository": "shop/web"}

denied(about, kind, verified) := result if {
	content := {"subject": about, "trust": {"signatures": [{"kind": kind, "verified": verified}]}}
	result := required_kinds.deny with input as content
		with data.parameters as {"required_signature_kinds": {"r.example/shop/*": ["notary", "notation"]}}
}

test_another_system_is_denied if {
	denied(subject, "cosign", true) == {{"msg": "the image has no signature that holds by notary or notation, as required_signature_kinds asks of r.example/shop/*", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}}
	count(denied(subject, "notary", false)) == 1
}

test_one_of_the_systems_is_enough if {
	denied(subject, "notary", true) == set()
	denied(subject, "notation", true) == set()
}

test_another_repository_is_not_asked if denied({"registry": "r.example", "repository": "x"}, "simple", true) == set()

test_without_trust_data_there_is_no_signature if {
	count(required_kinds.deny) == 1 with input as {"subject": subject}
		with data.parameters as {"required_signature_kinds": {"**": ["cosign"]}}
}
