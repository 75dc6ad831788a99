package policyengine.signature.notation_identity_test

import data.policyengine.signature.notation_identity

subject := {"registry": "r.example", "repository": "shop/web"}

good := {"kind": "notation", "verified": true, "identity": "CN=release,O=Example,C=DE"}

denied(about, change) := result if {
	result := notation_identity.deny with input as {"subject": about, "trust": {"signatures": [object.union(good, change)]}}
		with data.parameters as {"notation_identities": {"r.example/shop/*": ["CN=x", "CN=release,O=Example,*"]}}
}

test_another_subject_is_denied if {
	every change in [
		{"identity": "CN=release,O=Evil,C=DE"},
		{"identity": "OU=a,CN=release,O=Example,C=DE"},
		{"identity": null},
		{"kind": "cosign"},
		{"verified": false},
	] {
		denied(subject, change) == {{"msg": "notation did not sign the image for a subject that notation_identities names for r.example/shop/*", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}}
	}
}

test_an_expected_subject_is_not_denied if denied(subject, {}) == set()

test_another_repository_is_not_asked if denied({"registry": "r.example", "repository": "x"}, {"verified": false}) == set()

test_without_trust_data_nobody_signed if {
	count(notation_identity.deny) == 1 with input as {"subject": subject}
		with data.parameters as {"notation_identities": {"**": ["*"]}}
}
