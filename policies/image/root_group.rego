package policyengine.image.root_group

# METADATA
# title: The group is not that of root
# description: Files of the system often belong to group 0, which may then change them.
# custom:
#   id: image.root_group
#   severity: low
#   remediation: Name a group beside the user, as in USER 10001:10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [cis-docker, nist-800-190, production]
warn contains reason if {
	input.image.user.gid == 0
	input.image.user.is_root != true
	reason := {
		"msg": sprintf("the user %s is in the group of root", [input.image.user.name]),
		"paths": [["image", "user", "name"], ["image", "user", "gid"]],
	}
}
