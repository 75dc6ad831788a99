package policyengine.trust.required_attestations_test

import data.policyengine.trust.required_attestations

denied(type, verified) := result if {
	attestations := [{"predicate_type": type, "verified": verified}]
	result := required_attestations.deny with input as {"trust": {"attestations": attestations}}
		with data.parameters as {"required_attestations": ["https://slsa.dev/provenance/*"]}
}

test_an_attestation_that_is_missing_is_denied if {
	denied("https://spdx.dev/Document", true) == {{"msg": "there is no attestation that holds of type https://slsa.dev/provenance/*", "paths": [["trust", "attestations"]]}}
	count(denied("https://slsa.dev/provenance/v1", false)) == 1
}

test_an_attestation_of_the_type_is_enough if denied("https://slsa.dev/provenance/v1", true) == set()

test_without_trust_data_nothing_is_attested if {
	count(required_attestations.deny) == 1 with input as {} with data.parameters as {"required_attestations": ["*"]}
}

test_a_dockerfile_alone_cannot_have_it if {
	count(required_attestations.deny) == 0 with input as object.union({}, {"subject": {"transport": "dockerfile"}}) with data.parameters as {"required_attestations": ["*"]}
	count(required_attestations.deny) == 1 with input as object.union({}, {"subject": {"transport": "oci"}}) with data.parameters as {"required_attestations": ["*"]}
}
