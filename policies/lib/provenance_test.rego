package policyengine.lib.provenance_test

import data.policyengine.lib.provenance

good := {"verified": true, "predicate_type": "https://slsa.dev/provenance/v1", "build": {"level": 2}}

given(attestations) := {"trust": {"attestations": attestations}}

test_what_was_verified_is_found_by_its_place if {
	bad := object.union(good, {"verified": false})
	provenance.verified == {1, 2} with input as given([bad, good, good])
	provenance.judged == {
		{"build": {"level": 2}, "path": ["trust", "attestations", 1, "build"]},
		{"build": {"level": 2}, "path": ["trust", "attestations", 2, "build"]},
	} with input as given([bad, good, good])
}

unknown := {{
	"build": {
		"builder_id": null,
		"source_repository": null,
		"source_ref": null,
		"level": null,
		"resolved_dependencies": [],
	},
	"path": ["trust", "attestations"],
}}

test_of_anything_else_nothing_is_known if {
	every change in [
		{"verified": false},
		{"verified": null},
		{"verified": "true"},
		{"predicate_type": "https://slsa.dev/verification_summary/v1"},
		{"predicate_type": "https://evil.example/https://slsa.dev/provenance/v1"},
		{"build": null},
	] {
		provenance.verified == set() with input as given([object.union(good, change)])
		provenance.judged == unknown with input as given([object.union(good, change)])
	}
	provenance.judged == unknown with input as {}
	provenance.judged == unknown with input as {"subject": {"transport": "oci"}}
}

test_a_dockerfile_alone_is_not_judged if provenance.judged == set() with input as {"subject": {"transport": "dockerfile"}}

test_one_pattern_must_match_the_whole_text if {
	provenance.fits("refs/tags/v1", ["x", "refs/tags/*"])
	not provenance.fits("refs/tags/a/b", ["x", "refs/tags/*"])
	not provenance.fits("refs/tags/v1", ["refs/tags", "tags/v1"])
	not provenance.fits("refs/tags/v1", [])
}

test_what_is_not_known_fits_nothing if {
	every text in [null, 1, true] {
		not provenance.fits(text, ["**"])
	}
}

test_what_is_not_known_is_shown_as_that if {
	provenance.shown("x") == "x"
	provenance.shown("") == ""
	every text in [null, 1, true, [], {}] {
		provenance.shown(text) == "not known"
	}
}
