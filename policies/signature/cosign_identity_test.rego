package policyengine.signature.cosign_identity_test

import data.policyengine.signature.cosign_identity

subject := {"registry": "r.example", "repository": "shop/web"}

good := {
	"kind": "cosign",
	"verified": true,
	"identity": "https://git.example/shop/web/.github/workflows/release.yml@refs/tags/v1",
	"issuer": "https://token.example",
}

denied(about, change) := result if {
	result := cosign_identity.deny with input as {"subject": about, "trust": {"signatures": [object.union(good, change)]}}
		with data.parameters as {"cosign_identities": {"r.example/shop/*": [
			{"identity": "me@example.com", "issuer": "https://accounts.example"},
			{"identity": "https://git.example/shop/*/.github/workflows/release.yml@refs/tags/*", "issuer": "https://token.example"},
		]}}
}

test_another_identity_is_denied if {
	every change in [
		{"identity": "https://git.example/evil/web/.github/workflows/release.yml@refs/tags/v1"},
		{"identity": "https://git.example/shop/web/x/.github/workflows/release.yml@refs/tags/v1"},
		{"identity": "https://git.example/shop/web/.github/workflows/release.yml@refs/heads/main"},
		{"identity": null},
		{"issuer": "https://evil.example"},
		{"issuer": null},
		{"identity": "me@example.com"},
		{"kind": "notation"},
		{"verified": false},
	] {
		denied(subject, change) == {{"msg": "cosign did not sign the image for an identity that cosign_identities names for r.example/shop/*", "paths": [["subject", "repository"], ["subject", "digest"], ["trust", "signatures"]]}}
	}
}

test_an_expected_identity_is_not_denied if {
	denied(subject, {}) == set()
	denied(subject, {"identity": "me@example.com", "issuer": "https://accounts.example"}) == set()
}

test_another_repository_is_not_asked if denied({"registry": "r.example", "repository": "x"}, {"verified": false}) == set()

test_without_trust_data_nobody_signed if {
	count(cosign_identity.deny) == 1 with input as {"subject": subject}
		with data.parameters as {"cosign_identities": {"**": [{"identity": "**", "issuer": "x"}]}}
}
