package policyengine.layers.setuid_test

import data.policyengine.layers.setuid

file(path, kind) := {"path": path, "layer": "sha256:0", "kind": kind, "mode": "4755"}

denied(layers) := result if {
	result := setuid.deny with input as {"layers": layers} with data.parameters as {"allowed_setuid_files": ["/usr/bin/s*"]}
}

test_files_that_run_as_their_owner_or_group_are_denied if {
	denied({"setuid": [file("/bin/mount", "file")], "setgid": []}) == {{
		"msg": "/bin/mount is a setuid file: its mode is 4755",
		"path": "/bin/mount",
		"layer": "sha256:0",
		"paths": [["layers", "setuid", 0]],
	}}
	denied({"setuid": [], "setgid": [file("/bin/wall", "file")]}) == {{
		"msg": "/bin/wall is a setgid file: its mode is 4755",
		"path": "/bin/wall",
		"layer": "sha256:0",
		"paths": [["layers", "setgid", 0]],
	}}
	count(denied({"setuid": [file("/usr/bin/x/su", "file")], "setgid": [file("/usr/bin/wall", "file")]})) == 2
}

test_files_that_are_allowed_and_what_is_no_file_are_not_denied if {
	denied({"setuid": [file("/usr/bin/su", "file")], "setgid": [file("/usr/bin/ssh", "file")]}) == set()
	denied({"setuid": [], "setgid": [file("/var/mail", "directory")]}) == set()
}

test_without_the_layers_nothing_is_said if {
	setuid.deny == set() with input as {} with data.parameters as {"allowed_setuid_files": []}
}
