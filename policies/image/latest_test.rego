package policyengine.image.latest_test

import data.policyengine.image.latest

denied(subject, environment, places) := result if {
	result := count(latest.deny) with input as {"subject": subject, "environment": environment}
		with data.parameters as {"no_latest_in": places}
}

asked(tag, reference) := {"tag": tag, "reference": reference, "transport": "registry"}

test_latest_is_denied_where_it_is_forbidden if {
	denied(asked("latest", "a:latest"), "production", ["production"]) == 1
	denied(asked("LATEST", "a:LATEST"), "production", ["production"]) == 1
	denied(asked("latest", "a:latest"), null, ["*"]) == 1
}

test_no_tag_counts_as_latest if denied(asked(null, "a"), "production", ["production"]) == 1

test_a_digest_is_better_than_a_tag if denied(asked(null, "a@sha256:0"), "production", ["*"]) == 0

test_a_file_name_with_an_at_sign_is_no_digest if {
	denied({"tag": null, "reference": "a@sha256:0.tar", "transport": "docker-archive"}, null, ["*"]) == 1
}

test_a_version_is_not_denied if denied(asked("1.4", "a:1.4"), "production", ["*"]) == 0

test_other_environments_may if denied(asked("latest", "a"), "test", ["production"]) == 0

test_without_a_subject_nothing_is_said if {
	count(latest.deny) == 0 with input as {} with data.parameters as {"no_latest_in": ["*"]}
}

test_the_whole_result_of_deny if {
	latest.deny == {{"msg": "the image has no tag, which means latest", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": "production", "subject": {"reference": "a", "repository": "library/a", "tag": null, "transport": "registry"}}
		with data.parameters as {"no_latest_in": ["production"]}
}

test_an_image_of_a_file_without_a_name_is_told_so if {
	every subject in [{"reference": "a.tar", "repository": null, "tag": null}, {"reference": "a.tar", "tag": null}] {
		{reason.msg | some reason in told(subject)} == {"the image has neither name nor tag, which means latest"}
	}
}

told(subject) := result if {
	result := latest.deny with input as {"environment": null, "subject": object.union(subject, {"transport": "oci-archive"})}
		with data.parameters as {"no_latest_in": ["*"]}
}

test_the_whole_result_of_deny_2 if {
	latest.deny == {{"msg": "the tag is latest", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": null, "subject": {"reference": "a:latest", "tag": "latest", "transport": "registry"}}
		with data.parameters as {"no_latest_in": ["*"]}
}

test_the_whole_result_of_deny_3 if {
	latest.deny == {{"msg": "the tag is LATEST", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": "production", "subject": {"reference": "a:LATEST", "tag": "LATEST", "transport": "registry"}}
		with data.parameters as {"no_latest_in": ["production"]}
}
