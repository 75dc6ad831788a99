package policyengine.provenance.slsa_level_test

import data.policyengine.provenance.slsa_level

denied(attestations) := result if {
	result := slsa_level.deny with input as {"trust": {"attestations": attestations}}
		with data.parameters as {"min_slsa_level": 2}
}

built(verified, value) := {
	"verified": verified,
	"predicate_type": "https://slsa.dev/provenance/v1",
	"build": {"level": value, "resolved_dependencies": []},
}

test_a_lower_level_is_denied if {
	some reason in denied([built(true, 1)])
	reason.msg == "the SLSA build level 2 is not reached: it is 1"
	reason.paths == [["trust", "attestations", 0, "build"]]
	some unknown in denied([built(true, null)])
	endswith(unknown.msg, "it is not known")
	count(denied([built(true, 3), built(true, 1)])) == 1
	count(denied([built(false, 3)])) == 1
}

test_what_is_no_number_reaches_no_level if {
	every level in ["3", true, [3], {"level": 3}] {
		{reason.msg | some reason in denied([built(true, level)])} == {"the SLSA build level 2 is not reached: it is not known"}
	}
}

test_the_level_or_a_higher_one_is_not_denied if denied([built(true, 2), built(true, 3)]) == set()

test_no_limit_asks_nothing if slsa_level.deny == set() with input as {} with data.parameters as {"min_slsa_level": 0}

test_without_trust_data_the_level_is_unknown if {
	count(slsa_level.deny) == 1 with input as {} with data.parameters as {"min_slsa_level": 1}
}

test_a_dockerfile_alone_cannot_have_it if {
	slsa_level.deny == set() with input as {"subject": {"transport": "dockerfile"}} with data.parameters as {"min_slsa_level": 1}
	count(slsa_level.deny) == 1 with input as {"subject": {"transport": "oci"}} with data.parameters as {"min_slsa_level": 1}
}
