package policyengine.layers.credentials_test

import data.policyengine.layers.credentials

file(path, removed_in) := {"path": path, "layer": "sha256:0", "name": "private_key", "removed_in": removed_in}

denied(files) := result if {
	result := credentials.deny with input as {"layers": {"credentials": files}}
		with data.parameters as {"allowed_credential_files": ["/etc/ssl/private/*"]}
}

test_credentials_are_denied_also_where_they_were_removed if {
	denied([file("/root/.ssh/id_rsa", null), file("/x", "sha256:1")]) == {
		{
			"msg": "/root/.ssh/id_rsa holds credentials (private_key)",
			"path": "/root/.ssh/id_rsa",
			"layer": "sha256:0",
			"paths": [["layers", "credentials", 0]],
		},
		{
			"msg": "/x holds credentials (private_key), and can be read in its layer though a later one removes it",
			"path": "/x",
			"layer": "sha256:0",
			"paths": [["layers", "credentials", 1]],
		},
	}
	count(denied([file("/etc/ssl/private/a/b", null)])) == 1
}

test_what_is_known_is_not_denied if {
	denied([]) == set()
	denied([file("/etc/ssl/private/snakeoil.key", null)]) == set()
}

test_without_the_layers_nothing_is_said if {
	credentials.deny == set() with input as {} with data.parameters as {"allowed_credential_files": []}
}
