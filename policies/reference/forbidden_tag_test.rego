package policyengine.reference.forbidden_tag_test

import data.policyengine.reference.forbidden_tag

denied(tag, reference, environment) := result if {
	subject := {"tag": tag, "reference": reference, "transport": "registry"}
	result := forbidden_tag.deny with input as {"subject": subject, "environment": environment}
		with data.parameters as {"forbidden_tags": ["main", "*-dev"]}
}

test_a_forbidden_tag_is_denied if {
	some reason in denied("main", "a:main", null)
	reason.msg == "the tag main is refused by the pattern main"
	count(denied("1.2-DEV", "a:1.2-DEV", null)) == 1
}

test_another_tag_is_not_denied if {
	denied("1.2", "a:1.2", null) == set()
	denied("maintained", "a:maintained", null) == set()
	denied(null, "a", null) == set()
}

test_without_a_subject_nothing_is_said if {
	forbidden_tag.deny == set() with input as {} with data.parameters as {"forbidden_tags": ["*"]}
}

test_the_whole_result_of_deny if {
	forbidden_tag.deny == {{"msg": "the tag main is refused by the pattern main", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": null, "subject": {"reference": "a:main", "tag": "main", "transport": "registry"}}
		with data.parameters as {"forbidden_tags": ["main", "*-dev"]}
}

test_the_whole_result_of_deny_2 if {
	forbidden_tag.deny == {{"msg": "the tag 1.2-DEV is refused by the pattern *-dev", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": null, "subject": {"reference": "a:1.2-DEV", "tag": "1.2-DEV", "transport": "registry"}}
		with data.parameters as {"forbidden_tags": ["main", "*-dev"]}
}
