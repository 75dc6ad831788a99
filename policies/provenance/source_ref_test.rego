package policyengine.provenance.source_ref_test

import data.policyengine.provenance.source_ref

denied(attestations) := result if {
	result := source_ref.deny with input as {"trust": {"attestations": attestations}}
		with data.parameters as {"allowed_source_refs": ["x", "refs/tags/*"]}
}

built(verified, value) := {
	"verified": verified,
	"predicate_type": "https://slsa.dev/provenance/v1",
	"build": {"source_ref": value, "resolved_dependencies": []},
}

test_another_is_denied if {
	every value in ["refs/heads/main", "refs/tags/a/b"] {
		some reason in denied([built(true, value)])
		reason.msg == concat(": ", ["the branch or tag is not an allowed one", value])
		reason.paths == [["trust", "attestations", 0, "build"]]
	}
	some unknown in denied([built(true, null)])
	endswith(unknown.msg, ": not known")
}

test_every_statement_must_name_one if {
	count(denied([built(true, "refs/tags/v1"), built(true, "refs/heads/main")])) == 1
}

test_what_was_not_verified_does_not_count if {
	some reason in denied([built(false, "refs/tags/v1")])
	reason.paths == [["trust", "attestations"]]
	denied([built(false, "refs/heads/main"), built(true, "refs/tags/v1")]) == set()
}

test_one_of_them_is_not_denied if denied([built(true, "refs/tags/v1")]) == set()

test_an_empty_list_allows_any if {
	source_ref.deny == set() with input as {} with data.parameters as {"allowed_source_refs": []}
}

test_without_trust_data_it_is_not_known if {
	count(source_ref.deny) == 1 with input as {} with data.parameters as {"allowed_source_refs": ["**"]}
}
