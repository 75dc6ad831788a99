package policyengine.image.root_user

# METADATA
# title: The image does not run as root
# description: |
#   A process that runs as uid 0 in the container is uid 0 on the host wherever isolation fails.
#   No configured user means root; so do 0, 0:0, 00 and any name that /etc/passwd maps to uid 0.
# custom:
#   id: image.root_user
#   severity: high
#   remediation: Add a user to the image and name it by number, as in USER 10001:10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
deny contains reason if {
	input.image.user.is_root == true
	reason := {
		"msg": sprintf("the image runs as root: User is %s", [described(input.image.user.name)]),
		"paths": [["image", "user", "name"], ["image", "user", "uid"]],
	}
}

# METADATA
# title: The image's user is known
# description: |
#   A user that is given by name is whatever /etc/passwd in the image says. Without the layers it
#   cannot be told from root under another name.
# custom:
#   id: image.user_unresolved
#   severity: low
#   remediation: Check with --layers, or name the user by number, as in USER 10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
#   parameters: [require_resolved_user]
warn contains reason if {
	input.image.user.is_root == null
	not data.parameters.require_resolved_user
	reason := unresolved
}

# METADATA
# title: The image's user must be known
# description: As the warning of this name, where the bundle asks for certainty.
# custom:
#   id: image.user_must_resolve
#   severity: high
#   remediation: Check with --layers, or name the user by number, as in USER 10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
#   parameters: [require_resolved_user]
deny contains reason if {
	input.image.user.is_root == null
	data.parameters.require_resolved_user
	reason := unresolved
}

unresolved := {
	"msg": sprintf("the user %s has no known uid; it may be root", [described(input.image.user.name)]),
	"paths": [["image", "user", "name"]],
}

described(name) := "not set" if name == ""

described(name) := sprintf("\"%s\"", [name]) if name != ""
