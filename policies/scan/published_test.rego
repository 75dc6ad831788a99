package policyengine.scan.published_test

import data.policyengine.scan.published

nobody := {"trusted_vex_authors": [], "trusted_vex_signers": []}

finding := {
	"id": "CVE-2099-0001",
	"severity": "high",
	"package": {"name": "openssl", "version": "1"},
	"fix_state": "unknown",
	"fixed_versions": [],
}

day := 86400000000000

now := 1000 * day

denied(made, severity) := result if {
	item := object.union(finding, {"published_at_ns": made, "severity": severity})
	result := published.deny with input as {"evaluated_at_ns": now, "scan": {"vulnerabilities": [item]}}
		with data.parameters as object.union(nobody, {"max_days_since_publication": {"high": 30, "low": 0}})
}

test_what_is_known_for_too_long_is_denied if {
	some reason in denied(now - (31 * day), "high")
	reason.msg == "CVE-2099-0001 (high) in openssl 1 was published 31 days ago; the limit is 30 days"
	reason.vulnerability == "CVE-2099-0001"
	count(denied(now - (2 * day), "low")) == 1
}

test_an_unknown_date_is_denied if {
	{reason.msg | some reason in denied(null, "high")} == {"CVE-2099-0001 (high) in openssl 1 was published nobody says when; the limit is 30 days"}
}

test_what_is_new_is_not_denied if {
	denied(now - (30 * day), "high") == set()
	denied(now, "low") == set()
}

test_a_severity_without_a_limit_is_not_denied if denied(0, "medium") == set()

test_without_a_scan_nothing_is_said if {
	published.deny == set() with input as {"evaluated_at_ns": now}
		with data.parameters as object.union(nobody, {"max_days_since_publication": {"high": 1}})
}

test_what_a_trusted_author_says_does_not_affect_the_image_does_not_count if {
	statement := {"status": "not_affected", "justification": "x", "author": "a", "verified": false, "signer": null}
	item := object.union(object.union(finding, {"published_at_ns": 0}), {"vex": [statement]})
	content := {"evaluated_at_ns": 864000000000000, "scan": {"vulnerabilities": [item]}}
	published.deny == set() with input as content
		with data.parameters as object.union({"max_days_since_publication": {"high": 1}}, {"trusted_vex_authors": ["a"], "trusted_vex_signers": []})
	count(published.deny) == 1 with input as content
		with data.parameters as object.union({"max_days_since_publication": {"high": 1}}, {"trusted_vex_authors": ["b"], "trusted_vex_signers": []})
}
