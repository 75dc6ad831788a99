package policyengine.reference.pinned_test

import data.policyengine.reference.pinned

denied(tag, reference, environment) := result if {
	subject := {"tag": tag, "reference": reference, "transport": "registry"}
	result := pinned.deny with input as {"subject": subject, "environment": environment}
		with data.parameters as {"digest_required_in": ["production"]}
}

test_a_tag_is_denied_where_a_digest_is_asked_for if {
	some reason in denied("1", "a:1", "production")
	reason.msg == "the image is not asked for by digest: a:1"
}

test_a_digest_is_not_denied if denied(null, "a@sha256:0", "production") == set()

test_other_environments_may if {
	denied("1", "a:1", "test") == set()
	denied("1", "a:1", null) == set()
}

test_a_star_means_all if {
	count(pinned.deny) == 1 with input as {"subject": {"reference": "a:1", "transport": "registry"}, "environment": null}
		with data.parameters as {"digest_required_in": ["*"]}
}

test_a_file_name_is_no_digest if {
	count(pinned.deny) == 1 with input as {"subject": {"reference": "a@sha256:0", "transport": "oci"}}
		with data.parameters as {"digest_required_in": ["*"]}
}

test_without_a_subject_it_is_not_by_digest if {
	count(pinned.deny) == 1 with input as {} with data.parameters as {"digest_required_in": ["*"]}
}

test_the_whole_result_of_deny if {
	pinned.deny == {{"msg": "the image is not asked for by digest: nothing says how", "paths": [["subject", "reference"]]}} with input as {}
		with data.parameters as {"digest_required_in": ["*"]}
}

test_the_whole_result_of_deny_2 if {
	pinned.deny == {{"msg": "the image is not asked for by digest: a@sha256:0", "paths": [["subject", "reference"]]}} with input as {"subject": {"reference": "a@sha256:0", "transport": "oci"}}
		with data.parameters as {"digest_required_in": ["*"]}
}

test_the_whole_result_of_deny_3 if {
	pinned.deny == {{"msg": "the image is not asked for by digest: a:1", "paths": [["subject", "reference"]]}} with input as {"environment": null, "subject": {"reference": "a:1", "transport": "registry"}}
		with data.parameters as {"digest_required_in": ["*"]}
}
