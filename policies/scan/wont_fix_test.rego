package policyengine.scan.wont_fix_test

import data.policyengine.scan.wont_fix

nobody := {"trusted_vex_authors": [], "trusted_vex_signers": []}

finding := {
	"id": "CVE-2099-0001",
	"severity": "high",
	"package": {"name": "openssl", "version": "1"},
	"fix_state": "unknown",
	"fixed_versions": [],
}

warned(state, threshold) := result if {
	result := wont_fix.warn with input as {"scan": {"vulnerabilities": [object.union(finding, {"fix_state": state})]}}
		with data.parameters as object.union(nobody, {"wont_fix_severity": threshold})
}

test_what_will_not_be_fixed_is_warned_about if {
	some reason in warned("wont_fix", "high")
	reason.msg == "CVE-2099-0001 (high) in openssl 1 will not be fixed"
}

test_what_is_milder_or_may_be_fixed_is_not_warned_about if {
	warned("wont_fix", "critical") == set()
	every state in ["fixed", "not_fixed", "unknown"] {
		warned(state, "low") == set()
	}
}

test_off_switches_it_off if warned("wont_fix", "off") == set()

test_without_a_scan_nothing_is_said if {
	wont_fix.warn == set() with input as {} with data.parameters as object.union(nobody, {"wont_fix_severity": "low"})
}

test_what_a_trusted_author_says_does_not_affect_the_image_does_not_count if {
	statement := {"status": "not_affected", "justification": "x", "author": "a", "verified": false, "signer": null}
	item := object.union(object.union(finding, {"fix_state": "wont_fix"}), {"vex": [statement]})
	content := {"evaluated_at_ns": 864000000000000, "scan": {"vulnerabilities": [item]}}
	wont_fix.warn == set() with input as content
		with data.parameters as object.union({"wont_fix_severity": "low"}, {"trusted_vex_authors": ["a"], "trusted_vex_signers": []})
	count(wont_fix.warn) == 1 with input as content
		with data.parameters as object.union({"wont_fix_severity": "low"}, {"trusted_vex_authors": ["b"], "trusted_vex_signers": []})
}
