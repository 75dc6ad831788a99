package policyengine.scan.fix_overdue_test

import data.policyengine.scan.fix_overdue

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

denied(fixed, published, state) := result if {
	item := object.union(finding, {"fixed_at_ns": fixed, "published_at_ns": published, "fix_state": state})
	result := fix_overdue.deny with input as {"evaluated_at_ns": now, "scan": {"vulnerabilities": [item]}}
		with data.parameters as object.union(nobody, {"max_days_since_fix": {"high": 14}})
}

test_an_old_fix_is_denied if {
	some reason in denied(now - (15 * day), now, "fixed")
	reason.msg == "CVE-2099-0001 (high) in openssl 1 has had a fix for 15 days; the limit is 14 days"
	reason.package == "openssl"
}

test_without_the_day_of_the_fix_that_of_publication_counts if {
	{reason.msg | some reason in denied(null, now - (15 * day), "fixed")} == {"CVE-2099-0001 (high) in openssl 1 has a fix, nobody says since when, and was published 15 days ago; the limit is 14 days"}
	{reason.msg | some reason in denied(null, null, "fixed")} == {"CVE-2099-0001 (high) in openssl 1 has a fix, nobody says since when; the limit is 14 days"}
	denied(null, now - (14 * day), "fixed") == set()
	count(denied(null, null, "fixed")) == 1
}

test_a_new_fix_is_not_denied if denied(now - (14 * day), 0, "fixed") == set()

test_what_has_no_fix_is_not_denied if denied(null, 0, "not_fixed") == set()

test_a_severity_without_a_limit_is_not_denied if {
	item := object.union(finding, {"fixed_at_ns": 0, "published_at_ns": 0, "fix_state": "fixed", "severity": "low"})
	fix_overdue.deny == set() with input as {"evaluated_at_ns": now, "scan": {"vulnerabilities": [item]}}
		with data.parameters as object.union(nobody, {"max_days_since_fix": {"high": 14}})
}

test_without_a_scan_nothing_is_said if {
	fix_overdue.deny == set() with input as {"evaluated_at_ns": now} with data.parameters as object.union(nobody, {"max_days_since_fix": {"high": 1}})
}

test_what_a_trusted_author_says_does_not_affect_the_image_does_not_count if {
	statement := {"status": "not_affected", "justification": "x", "author": "a", "verified": false, "signer": null}
	item := object.union(object.union(finding, {"fixed_at_ns": 0, "fix_state": "fixed"}), {"vex": [statement]})
	content := {"evaluated_at_ns": 864000000000000, "scan": {"vulnerabilities": [item]}}
	fix_overdue.deny == set() with input as content
		with data.parameters as object.union({"max_days_since_fix": {"high": 1}}, {"trusted_vex_authors": ["a"], "trusted_vex_signers": []})
	count(fix_overdue.deny) == 1 with input as content
		with data.parameters as object.union({"max_days_since_fix": {"high": 1}}, {"trusted_vex_authors": ["b"], "trusted_vex_signers": []})
}
