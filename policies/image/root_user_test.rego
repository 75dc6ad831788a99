package policyengine.image.root_user_test

import data.policyengine.image.root_user

user(name, uid, is_root) := {"image": {"user": {"name": name, "uid": uid, "is_root": is_root}}}

denied(document, strict) := result if {
	result := count(root_user.deny) with input as document
		with data.parameters as {"require_resolved_user": strict}
}

warned(document, strict) := result if {
	result := count(root_user.warn) with input as document
		with data.parameters as {"require_resolved_user": strict}
}

test_a_root_user_is_denied if {
	every name in ["", "0", "0:0", "00", "root", "root:wheel", "toor"] {
		denied(user(name, 0, true), false) == 1
	}
}

test_another_user_is_not_denied if {
	denied(user("1000", 1000, false), true) == 0
	warned(user("1000", 1000, false), true) == 0
}

test_a_user_of_unknown_number_is_a_warning if {
	denied(user("app", null, null), false) == 0
	warned(user("app", null, null), false) == 1
}

test_a_user_of_unknown_number_is_denied_where_certainty_is_asked_for if {
	denied(user("app", null, null), true) == 1
	warned(user("app", null, null), true) == 0
}

test_without_the_image_nothing_is_said if {
	denied({}, true) == 0
	warned({}, false) == 0
}

test_the_whole_result_of_deny if {
	root_user.deny == {{"msg": "the image runs as root: User is not set", "paths": [["image", "user", "name"], ["image", "user", "uid"]]}} with input as {"image": {"user": {"is_root": true, "name": "", "uid": 0}}}
		with data.parameters as {"require_resolved_user": false}
}

test_the_whole_result_of_deny_2 if {
	root_user.deny == {{"msg": "the image runs as root: User is \"0\"", "paths": [["image", "user", "name"], ["image", "user", "uid"]]}} with input as {"image": {"user": {"is_root": true, "name": "0", "uid": 0}}}
		with data.parameters as {"require_resolved_user": false}
}

test_the_whole_result_of_deny_3 if {
	root_user.deny == {{"msg": "the image runs as root: User is \"0:0\"", "paths": [["image", "user", "name"], ["image", "user", "uid"]]}} with input as {"image": {"user": {"is_root": true, "name": "0:0", "uid": 0}}}
		with data.parameters as {"require_resolved_user": false}
}

test_the_whole_result_of_deny_4 if {
	root_user.deny == {{"msg": "the image runs as root: User is \"root\"", "paths": [["image", "user", "name"], ["image", "user", "uid"]]}} with input as {"image": {"user": {"is_root": true, "name": "root", "uid": 0}}}
		with data.parameters as {"require_resolved_user": false}
}

test_root_is_no_mere_warning if warned(user("root", 0, true), false) == 0

test_the_whole_result_of_warn if {
	root_user.warn == {{
		"msg": "the user \"app\" has no known uid; it may be root",
		"paths": [["image", "user", "name"]],
	}} with input as user("app", null, null)
		with data.parameters as {"require_resolved_user": false}
}
