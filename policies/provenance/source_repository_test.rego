package policyengine.provenance.source_repository_test

import data.policyengine.provenance.source_repository

denied(attestations) := result if {
	result := source_repository.deny with input as {"trust": {"attestations": attestations}}
		with data.parameters as {"allowed_sources": ["x", "https://git.example/shop/*"]}
}

built(verified, value) := {
	"verified": verified,
	"predicate_type": "https://slsa.dev/provenance/v1",
	"build": {"source_repository": value, "resolved_dependencies": []},
}

test_another_is_denied if {
	every value in ["https://git.example/evil/web", "https://git.example/shop/web/x"] {
		some reason in denied([built(true, value)])
		reason.msg == concat(": ", ["the source repository is not an allowed one", value])
		reason.paths == [["trust", "attestations", 0, "build"]]
	}
	some unknown in denied([built(true, null)])
	endswith(unknown.msg, ": not known")
}

test_every_statement_must_name_one if {
	count(denied([built(true, "https://git.example/shop/web"), built(true, "https://git.example/evil/web")])) == 1
}

test_what_was_not_verified_does_not_count if {
	some reason in denied([built(false, "https://git.example/shop/web")])
	reason.paths == [["trust", "attestations"]]
	denied([built(false, "https://git.example/evil/web"), built(true, "https://git.example/shop/web")]) == set()
}

test_one_of_them_is_not_denied if denied([built(true, "https://git.example/shop/web")]) == set()

test_an_empty_list_allows_any if {
	source_repository.deny == set() with input as {} with data.parameters as {"allowed_sources": []}
}

test_without_trust_data_it_is_not_known if {
	count(source_repository.deny) == 1 with input as {} with data.parameters as {"allowed_sources": ["**"]}
}
