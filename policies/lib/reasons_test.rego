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

test_what_is_not_known_of_the_package_is_null if {
	bare := {"id": "CVE-1", "severity": "high", "package": {"name": "a", "version": "1"}}
	reasons.about(0, bare, "is bad").aliases == []
	reasons.about(0, bare, "is bad").path == null
	unversioned := object.union(finding, {"package": {"version": null}})
	reasons.about(0, unversioned, "is bad").version == null
}

test_a_signer_dismisses_what_was_verified if {
	statement := {"status": "not_affected", "author": "b", "justification": "x", "verified": true, "signer": "release"}
	signed := object.union(finding, {"vex": [statement]})
	not reasons.stands(signed) with data.parameters as {"trusted_vex_authors": [], "trusted_vex_signers": ["release"]}
	reasons.stands(signed) with data.parameters as {"trusted_vex_authors": ["release"], "trusted_vex_signers": ["b"]}
}
