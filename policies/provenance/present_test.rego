package policyengine.provenance.present_test

import data.policyengine.provenance.present

denied(attestation) := result if {
	result := present.deny with input as {"trust": {"attestations": [attestation]}}
}

good := {"verified": true, "predicate_type": "https://slsa.dev/provenance/v0.2", "build": {"level": 1}}

test_an_image_without_provenance_is_denied if {
	every change in [
		{"verified": false},
		{"predicate_type": "https://slsa.dev/verification_summary/v1"},
		{"build": null},
	] {
		denied(object.union(good, change)) == {{"msg": "there is no provenance of the image that holds", "paths": [["trust", "attestations"]]}}
	}
}

test_provenance_is_enough if denied(good) == set()

test_without_trust_data_there_is_none if count(present.deny) == 1 with input as {}

test_a_dockerfile_alone_cannot_have_it if {
	count(present.deny) == 0 with input as object.union({}, {"subject": {"transport": "dockerfile"}})
	count(present.deny) == 1 with input as object.union({}, {"subject": {"transport": "oci"}})
}
