package policyengine.lib.signatures_test

import data.policyengine.lib.signatures

day := 86400000000000

now := 1000 * day

signature(changes) := object.union({"verified": true, "keyids": ["a"], "expires_ns": null}, changes)

holds(changes, days) if {
	content := {"evaluated_at": "2027-01-31T00:00:00Z", "evaluated_at_ns": now, "trust": {"signatures": [signature(changes)]}}
	signatures.holding == {0} with input as content
		with data.parameters as {"keys_expire": {"old": "2027-01-31", "other": "2027-02-01"}, "min_signature_days": days}
}

test_a_verified_signature_that_has_not_ended_holds if {
	every changes in [{}, {"keyids": ["other"]}, {"expires_ns": now + 1}] {
		holds(changes, 0)
	}
	holds({"expires_ns": (now + (7 * day)) + 1}, 7)
}

test_one_that_was_not_verified_or_has_ended_does_not if {
	every changes in [
		{"verified": false}, {"keyids": ["a", "old"]}, {"expires_ns": now}, {"expires_ns": now - 1},
		{"verified": "true"},
	] {
		not holds(changes, 0)
	}
	not holds({"expires_ns": now + (7 * day)}, 7)
}

test_without_trust_data_none_holds if signatures.holding == set() with input as {}
