package policyengine.provenance.dependencies_pinned_test

import data.policyengine.provenance.dependencies_pinned

warned(digests) := result if {
	attestation := {
		"verified": true,
		"predicate_type": "https://slsa.dev/provenance/v1",
		"build": {"resolved_dependencies": [{"uri": "git+https://a", "digests": digests}]},
	}
	result := dependencies_pinned.warn with input as {"trust": {"attestations": [attestation]}}
}

test_a_dependency_without_a_digest_is_warned_about if {
	warned({}) == {{
		"msg": "the build used git+https://a without a digest",
		"uri": "git+https://a",
		"paths": [["trust", "attestations", 0, "build", "resolved_dependencies", 0]],
	}}
}

test_a_digest_is_enough if warned({"sha1": "0"}) == set()

test_without_trust_data_nothing_is_said if count(dependencies_pinned.warn) == 0 with input as {}
