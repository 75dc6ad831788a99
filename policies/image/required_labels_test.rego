package policyengine.image.required_labels_test

import data.policyengine.image.required_labels

denied(config) := result if {
	result := required_labels.deny with input as {"image": {"config": config}}
		with data.parameters as {"required_labels": ["owner", "source"]}
}

test_a_label_that_is_missing_or_blank_is_denied if {
	{reason.label | some reason in denied({"Labels": {"owner": " ", "other": "x"}})} == {"owner", "source"}
	{reason.msg | some reason in denied({})} == {"the label owner is missing or blank", "the label source is missing or blank"}
}

test_labels_that_are_there_are_not_denied if denied({"Labels": {"owner": "a", "source": "b"}}) == set()

test_without_the_image_labels_are_missing if {
	count(required_labels.deny) == 1 with input as {} with data.parameters as {"required_labels": ["owner"]}
}

test_the_whole_result_of_deny if {
	required_labels.deny == {{"label": "owner", "msg": "the label owner is missing or blank", "paths": [["image", "config", "Labels"]]}} with input as {}
		with data.parameters as {"required_labels": ["owner"]}
}

test_the_whole_result_of_deny_2 if {
	required_labels.deny == {{"label": "owner", "msg": "the label owner is missing or blank", "paths": [["image", "config", "Labels"]]}, {"label": "source", "msg": "the label source is missing or blank", "paths": [["image", "config", "Labels"]]}} with input as {"image": {"config": {}}}
		with data.parameters as {"required_labels": ["owner", "source"]}
}
