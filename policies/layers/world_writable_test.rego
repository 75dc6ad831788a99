package policyengine.layers.world_writable_test

import data.policyengine.layers.world_writable

file(path, kind) := {"path": path, "layer": "sha256:0", "kind": kind, "mode": "0777"}

denied(files) := result if {
	result := world_writable.deny with input as {"layers": {"world_writable": files}}
		with data.parameters as {"allowed_writable_files": ["/var/cache/*"]}
}

test_what_everybody_may_write_is_denied if {
	denied([file("/app", "directory"), file("/app/x", "file")]) == {
		{
			"msg": "everybody may write the directory /app: its mode is 0777",
			"path": "/app",
			"layer": "sha256:0",
			"paths": [["layers", "world_writable", 0]],
		},
		{
			"msg": "everybody may write the file /app/x: its mode is 0777",
			"path": "/app/x",
			"layer": "sha256:0",
			"paths": [["layers", "world_writable", 1]],
		},
	}
	count(denied([file("/var/cache/a/b", "file")])) == 1
}

test_what_is_allowed_and_devices_are_not_denied if {
	denied([]) == set()
	denied([file("/var/cache/a", "directory"), file("/dev/null", "device"), file("/x", "symlink")]) == set()
}

test_without_the_layers_nothing_is_said if {
	world_writable.deny == set() with input as {} with data.parameters as {"allowed_writable_files": []}
}
