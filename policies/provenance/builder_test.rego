package policyengine.provenance.builder_test

import data.policyengine.provenance.builder

denied(attestations) := result if {
	result := builder.deny with input as {"trust": {"attestations": attestations}}
		with data.parameters as {"trusted_builders": ["x", "https://builders.example/*"]}
}

built(verified, value) := {
	"verified": verified,
	"predicate_type": "https://slsa.dev/provenance/v1",
	"build": {"builder_id": value, "resolved_dependencies": []},
}

test_another_is_denied if {
	every value in ["https://evil.example/a", "https://builders.example/a/b"] {
		some reason in denied([built(true, value)])
		reason.msg == concat(": ", ["the builder is not a trusted one", value])
		reason.paths == [["trust", "attestations", 0, "build"]]
	}
	some unknown in denied([built(true, null)])
	endswith(unknown.msg, ": not known")
}

test_every_statement_must_name_one if {
	count(denied([built(true, "https://builders.example/a"), built(true, "https://evil.example/a")])) == 1
}

test_what_was_not_verified_does_not_count if {
	some reason in denied([built(false, "https://builders.example/a")])
	reason.paths == [["trust", "attestations"]]
	denied([built(false, "https://evil.example/a"), built(true, "https://builders.example/a")]) == set()
}

test_one_of_them_is_not_denied if denied([built(true, "https://builders.example/a")]) == set()

test_an_empty_list_allows_any if {
	builder.deny == set() with input as {} with data.parameters as {"trusted_builders": []}
}

test_without_trust_data_it_is_not_known if {
	count(builder.deny) == 1 with input as {} with data.parameters as {"trusted_builders": ["**"]}
}
