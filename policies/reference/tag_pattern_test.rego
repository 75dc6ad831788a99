package policyengine.reference.tag_pattern_test

import data.policyengine.reference.tag_pattern

denied(tag, reference, environment) := result if {
	subject := {"tag": tag, "reference": reference, "transport": "registry"}
	result := tag_pattern.deny with input as {"subject": subject, "environment": environment}
		with data.parameters as {"tag_patterns": [`^[0-9]+[.][0-9]+$`, `^v1$`]}
}

test_a_tag_of_another_form_is_denied if {
	some reason in denied("1.2-rc", "a:1.2-rc", null)
	reason.msg == "the tag does not have the agreed form: 1.2-rc"
	some other in denied(null, "a", null)
	endswith(other.msg, "there is none")
}

test_a_digest_does_not_excuse_a_tag if count(denied("x", "a:x@sha256:0", null)) == 1

test_a_tag_of_the_form_is_not_denied if {
	denied("1.2", "a:1.2", null) == set()
	denied("v1", "a:v1", null) == set()
	denied(null, "a@sha256:0", null) == set()
}

test_an_empty_list_allows_any if {
	tag_pattern.deny == set() with input as {"subject": {"tag": "x"}} with data.parameters as {"tag_patterns": []}
}

test_without_a_subject_there_is_no_tag if {
	count(tag_pattern.deny) == 1 with input as {} with data.parameters as {"tag_patterns": ["."]}
}

test_the_whole_result_of_deny if {
	tag_pattern.deny == {{"msg": "the tag does not have the agreed form: there is none", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {}
		with data.parameters as {"tag_patterns": ["."]}
}

test_the_whole_result_of_deny_2 if {
	tag_pattern.deny == {{"msg": "the tag does not have the agreed form: x", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": null, "subject": {"reference": "a:x@sha256:0", "tag": "x", "transport": "registry"}}
		with data.parameters as {"tag_patterns": ["^[0-9]+[.][0-9]+$", "^v1$"]}
}

test_the_whole_result_of_deny_3 if {
	tag_pattern.deny == {{"msg": "the tag does not have the agreed form: 1.2-rc", "paths": [["subject", "reference"], ["subject", "tag"]]}} with input as {"environment": null, "subject": {"reference": "a:1.2-rc", "tag": "1.2-rc", "transport": "registry"}}
		with data.parameters as {"tag_patterns": ["^[0-9]+[.][0-9]+$", "^v1$"]}
}
