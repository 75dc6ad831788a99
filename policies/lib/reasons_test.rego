package policyengine.lib.reasons_test

import data.policyengine.lib.reasons

finding := {
	"id": "CVE-1",
	"aliases": ["GHSA-1"],
	"severity": "high",
	"package": {"name": "a", "version": "1", "path": "/a"},
	"vex": [{"status": "not_affected", "author": "a", "justification": "x", "verified": false, "signer": null}],
}

test_a_reason_says_what_it_is_known_by if {
	reasons.about(3, finding, "is bad") == {
		"msg": "CVE-1 (high) in a 1 is bad",
		"severity": "high",
		"vulnerability": "CVE-1",
		"aliases": ["GHSA-1"],
		"package": "a",
		"version": "1",
		"path": "/a",
		"paths": [["scan", "vulnerabilities", 3]],
	}
}

stands(authors) if {
	reasons.stands(finding) with data.parameters as {"trusted_vex_authors": authors, "trusted_vex_signers": []}
}

test_only_a_trusted_author_dismisses_a_finding if {
	stands([])
	stands(["b"])
	not stands(["a"])
}
