package policyengine.image.minimum_uid

# METADATA
# title: The uid is not one of the system
# description: |
#   The parameter min_uid sets the lowest uid that is accepted; 0 switches the rule off. A uid that
#   is not known counts as too low.
# custom:
#   id: image.minimum_uid
#   severity: medium
#   remediation: Name a user from that number on, as in USER 10001.
#   controls: [CIS-Docker-4.1, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [min_uid]
deny contains reason if {
	data.parameters.min_uid > 0
	not high_enough
	reason := {
		"msg": told,
		"paths": [["image", "user", "name"], ["image", "user", "uid"]],
	}
}

told := sprintf("the image runs as uid %v; the lowest that is accepted is %v", [input.image.user.uid, data.parameters.min_uid]) if {
	is_number(input.image.user.uid)
} else := sprintf("the uid that the image runs as is not known; the lowest that is accepted is %v", [data.parameters.min_uid])

high_enough if {
	is_number(input.image.user.uid)
	input.image.user.uid >= data.parameters.min_uid
}
