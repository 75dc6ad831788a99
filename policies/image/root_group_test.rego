package policyengine.image.root_group_test

import data.policyengine.image.root_group

warned(name, uid, gid, is_root) := result if {
	user := {"name": name, "uid": uid, "gid": gid, "is_root": is_root}
	result := root_group.warn with input as {"image": {"user": user}}
}

test_the_group_of_root_is_warned_about if {
	some reason in warned("1000:0", 1000, 0, false)
	reason.msg == "the user 1000:0 is in the group of root"
	count(warned("app:0", null, 0, null)) == 1
}

test_another_group_is_not_warned_about if {
	warned("1000:1000", 1000, 1000, false) == set()
	warned("app", null, null, null) == set()
}

test_root_itself_has_a_rule_of_its_own if warned("0", 0, 0, true) == set()

test_without_the_image_nothing_is_said if count(root_group.warn) == 0 with input as {}

test_the_whole_result_of_warn if {
	root_group.warn == {{"msg": "the user app:0 is in the group of root", "paths": [["image", "user", "name"], ["image", "user", "gid"]]}} with input as {"image": {"user": {"gid": 0, "is_root": null, "name": "app:0", "uid": null}}}
}

test_the_whole_result_of_warn_2 if {
	root_group.warn == {{"msg": "the user 1000:0 is in the group of root", "paths": [["image", "user", "name"], ["image", "user", "gid"]]}} with input as {"image": {"user": {"gid": 0, "is_root": false, "name": "1000:0", "uid": 1000}}}
}
