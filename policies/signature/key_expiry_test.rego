package policyengine.signature.key_expiry_test

import data.policyengine.signature.key_expiry

denied(at, signatures) := result if {
	result := key_expiry.deny with input as {"evaluated_at": at, "trust": {"signatures": signatures}}
		with data.parameters as {"keys_expire": {"old": "2027-01-31"}}
}

by(keyid, verified) := {"verified": verified, "keyids": [keyid]}

test_a_signature_by_an_expired_key_is_denied if {
	denied("2027-01-31T00:00:00Z", [by("old", true)]) == {{
		"msg": "the key old that signed the image expired on 2027-01-31",
		"keyid": "old",
		"paths": [["trust", "signatures", 0, "keyids"]],
	}}
	count(denied("2028-01-01T00:00:00Z", [by("old", true), by("new", false)])) == 1
}

test_a_signature_by_another_key_is_enough if denied("2028-01-01T00:00:00Z", [by("old", true), by("new", true)]) == set()

test_the_day_itself_is_too_late if {
	count(denied("2027-01-31", [by("old", true)])) == 1
	both := {"verified": true, "keyids": ["new", "old"]}
	{reason.keyid | some reason in denied("2027-01-31", [both])} == {"old"}
}

test_only_the_key_that_expired_is_named if {
	both := {"verified": true, "keyids": ["old", "older"]}
	content := {"evaluated_at": "2027-01-30", "trust": {"signatures": [both]}}
	{reason.keyid | some reason in key_expiry.deny} == {"older"} with input as content
		with data.parameters as {"keys_expire": {"old": "2027-01-31", "older": "2026-01-31"}}
}

test_before_that_day_nothing_is_denied if denied("2027-01-30T23:59:59.9Z", [by("old", true)]) == set()

test_what_does_not_hold_has_no_key_to_expire if denied("2028-01-01T00:00:00Z", [by("old", false)]) == set()

test_without_trust_data_nothing_is_said if {
	key_expiry.deny == set() with input as {"evaluated_at": "2028-01-01T00:00:00Z"}
		with data.parameters as {"keys_expire": {"old": "2027-01-31"}}
}

ending(expires_ns, others) := result if {
	signature := {"kind": "notary", "verified": true, "keyids": [], "expires": "2027-01-31T00:00:00Z", "expires_ns": expires_ns}
	content := {"evaluated_at": "2027-02-01", "evaluated_at_ns": 864000000000000, "trust": {"signatures": array.concat([signature], others)}}
	result := key_expiry.deny with input as content
		with data.parameters as {"keys_expire": {"old": "2027-01-31"}, "min_signature_days": 2}
}

test_a_signature_that_ends_too_soon_is_denied if {
	ending(864000000000000, []) == {{
		"msg": "the notary signature of the image ends on 2027-01-31T00:00:00Z; 2 days must be left",
		"paths": [["trust", "signatures", 0, "expires"]],
	}}
	count(ending(1036800000000000, [by("a", false)])) == 1
	count(ending(1, [by("old", true)])) == 2
}

test_a_signature_that_holds_long_enough_is_not_denied if {
	ending(1036800000000001, []) == set()
	content := {"evaluated_at": "2027-02-01", "evaluated_at_ns": 1, "trust": {"signatures": [{"kind": "notary", "verified": true, "keyids": ["old"], "expires": "x", "expires_ns": 2}]}}
	{reason.msg | some reason in key_expiry.deny} == {"the key old that signed the image expired on 2027-01-31"} with input as content
		with data.parameters as {"keys_expire": {"old": "2027-01-31"}, "min_signature_days": 0}
	ending(1, [by("new", true)]) == set()
}

test_one_that_was_not_verified_has_no_end if {
	signature := {"kind": "notary", "verified": false, "keyids": [], "expires": "2027-01-31T00:00:00Z", "expires_ns": 1}
	key_expiry.deny == set() with input as {"evaluated_at": "2027-02-01", "evaluated_at_ns": 2, "trust": {"signatures": [signature]}}
		with data.parameters as {"keys_expire": {}, "min_signature_days": 0}
}
