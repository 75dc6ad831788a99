package policyengine.dockerfile.user

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile sets a user
# description: |
#   Without USER the image runs as what the base runs as, which most often is root. The last USER
#   of the last stage counts, else one of the stage that it is built on.
# custom:
#   id: dockerfile.user
#   severity: high
#   remediation: Add a user, and name it by number, as in USER 10001:10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	input.dockerfile.stages
	not set_otherwise
	reason := {
		"msg": told,
		"paths": [["dockerfile", "final_stage"]],
	}
}

default told := "the Dockerfile sets no user, so that it is the one of the base image, which most often is root"

told := "the last USER of the Dockerfile names root, or a variable without a default" if count(users) > 0

users[stage] := last if {
	some stage in dockerfiles.image_stages
	names := [name(item) | some item in input.dockerfile.stages[stage].instructions; item.instruction == "USER"]
	last := names[count(names) - 1]
}

set_otherwise if {
	name := users[input.dockerfile.final_stage]
	not is_root(name)
}

set_otherwise if {
	not set_last
	some name in users
	not is_root(name)
}

# What is only known at build time may be root.
name(item) := found if {
	found := item.expanded[0]
} else := "root"

set_last if users[input.dockerfile.final_stage]

is_root(name) if regex.match(`^(root|[+-]?0*)(:|$)`, name)
