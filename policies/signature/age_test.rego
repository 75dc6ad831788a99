package policyengine.signature.age_test

import data.policyengine.signature.age

day := 86400000000000

now := 1000 * day

denied(made, verified, limit) := result if {
	signatures := [{"verified": verified, "signed_at_ns": made}]
	result := age.deny with input as {"evaluated_at_ns": now, "trust": {"signatures": signatures}}
		with data.parameters as {"max_signature_age_days": limit}
}

test_an_old_signature_is_denied if {
	denied(now - (31 * day), true, 30) == {{"msg": "no signature that holds is known to be at most 30 days old", "paths": [["trust", "signatures"]]}}
	count(denied(null, true, 30)) == 1
	count(denied(now + (2 * day), true, 30)) == 1
	count(denied(now, false, 30)) == 1
}

test_a_recent_signature_is_not_denied if denied(now - (30 * day), true, 30) == set()

test_no_limit_asks_nothing if denied(null, false, 0) == set()

test_without_trust_data_there_is_no_signature if {
	count(age.deny) == 1 with input as {"evaluated_at_ns": now} with data.parameters as {"max_signature_age_days": 1}
}

test_a_dockerfile_alone_cannot_have_it if {
	count(age.deny) == 0 with input as object.union({"evaluated_at_ns": now}, {"subject": {"transport": "dockerfile"}}) with data.parameters as {"max_signature_age_days": 1}
	count(age.deny) == 1 with input as object.union({"evaluated_at_ns": now}, {"subject": {"transport": "oci"}}) with data.parameters as {"max_signature_age_days": 1}
}
