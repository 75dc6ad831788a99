package policyengine.image.secrets_labels_test

import data.policyengine.image.secrets_labels

found(labels, accepted) := result if {
	result := count(secrets_labels.deny) with input as {"image": {"config": {"Labels": labels}}}
		with data.parameters as {"known_not_secret": accepted}
}

test_a_secret_is_denied if {
	found({"com.example.api-key": "abc"}, []) == 1
	found({"note": "AKIAABCDEFGHIJKLMNOP"}, []) == 1
	found({"config": "{\"url\": \"https://me:pw@host/\"}"}, []) == 1
}

test_ordinary_labels_are_not_denied if {
	found({"maintainer": "me@example.org", "org.opencontainers.image.url": "https://example.org"}, []) == 0
}

test_an_accepted_label_is_not_denied if found({"token": "public"}, ["token"]) == 0

test_without_labels_nothing_is_said if {
	count(secrets_labels.deny) == 0 with input as {} with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny if {
	secrets_labels.deny == {{"msg": "the label com.example.api-key holds a secret", "paths": [["image", "config", "Labels", "com.example.api-key"]]}} with input as {"image": {"config": {"Labels": {"com.example.api-key": "abc"}}}}
		with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny_2 if {
	secrets_labels.deny == {{"msg": "the label note holds a secret", "paths": [["image", "config", "Labels", "note"]]}} with input as {"image": {"config": {"Labels": {"note": "AKIAABCDEFGHIJKLMNOP"}}}}
		with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny_3 if {
	secrets_labels.deny == {{"msg": "the label config holds a secret", "paths": [["image", "config", "Labels", "config"]]}} with input as {"image": {"config": {"Labels": {"config": "{\"url\": \"https://me:pw@host/\"}"}}}}
		with data.parameters as {"known_not_secret": []}
}
