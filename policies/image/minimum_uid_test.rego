package policyengine.image.minimum_uid_test

import data.policyengine.image.minimum_uid

denied(name, uid, gid, is_root) := result if {
	user := {"name": name, "uid": uid, "gid": gid, "is_root": is_root}
	result := minimum_uid.deny with input as {"image": {"user": user}}
		with data.parameters as {"min_uid": 1000}
}

test_a_low_uid_is_denied if {
	some reason in denied("33", 33, 33, false)
	reason.msg == "the image runs as uid 33; the lowest that is accepted is 1000"
	count(denied("999", 999, 0, false)) == 1
}

test_an_unknown_uid_is_denied if {
	count(denied("app", null, null, null)) == 1
	count(denied("app", "1000", null, null)) == 1
}

test_a_uid_from_the_limit_on_is_not_denied if denied("1000", 1000, 1000, false) == set()

test_no_limit_asks_nothing if {
	minimum_uid.deny == set() with input as {"image": {"user": {"uid": 0}}} with data.parameters as {"min_uid": 0}
	minimum_uid.deny == set() with input as {"image": {"user": {"uid": null}}} with data.parameters as {"min_uid": 0}
}

test_without_the_image_the_uid_is_unknown if {
	count(minimum_uid.deny) == 1 with input as {} with data.parameters as {"min_uid": 1}
}

test_the_whole_result_of_deny if {
	minimum_uid.deny == {{"msg": "the uid that the image runs as is not known; the lowest that is accepted is 1", "paths": [["image", "user", "name"], ["image", "user", "uid"]]}} with input as {}
		with data.parameters as {"min_uid": 1}
}
