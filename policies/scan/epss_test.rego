package policyengine.scan.epss_test

import data.policyengine.scan.epss

nobody := {"trusted_vex_authors": [], "trusted_vex_signers": []}

finding := {
	"id": "CVE-2099-0001",
	"severity": "high",
	"package": {"name": "openssl", "version": "1"},
	"fix_state": "unknown",
	"fixed_versions": [],
}

denied(score, limit) := result if {
	result := epss.deny with input as {"scan": {"vulnerabilities": [object.union(finding, {"epss": score})]}}
		with data.parameters as object.union(nobody, {"epss_limit": limit})
}

test_what_is_likely_to_be_exploited_is_denied if {
	some reason in denied({"score": 0.5}, 0.5)
	reason.msg == "CVE-2099-0001 (high) in openssl 1 is exploited with a probability of 0.5"
}

test_what_is_less_likely_or_not_known_is_not_denied if {
	denied({"score": 0.49}, 0.5) == set()
	denied(null, 0) == set()
}

test_no_limit_asks_nothing if denied({"score": 1}, null) == set()

test_without_a_scan_nothing_is_said if epss.deny == set() with input as {} with data.parameters as object.union(nobody, {"epss_limit": 0})

test_what_a_trusted_author_says_does_not_affect_the_image_does_not_count if {
	statement := {"status": "not_affected", "justification": "x", "author": "a", "verified": false, "signer": null}
	item := object.union(object.union(finding, {"epss": {"score": 1}}), {"vex": [statement]})
	content := {"evaluated_at_ns": 864000000000000, "scan": {"vulnerabilities": [item]}}
	epss.deny == set() with input as content
		with data.parameters as object.union({"epss_limit": 0}, {"trusted_vex_authors": ["a"], "trusted_vex_signers": []})
	count(epss.deny) == 1 with input as content
		with data.parameters as object.union({"epss_limit": 0}, {"trusted_vex_authors": ["b"], "trusted_vex_signers": []})
}
