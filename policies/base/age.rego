package policyengine.base.age

import data.policyengine.lib.ages

# METADATA
# title: The base image is not too old
# description: |
#   The parameter max_base_age_days sets the limit; 0 switches the rule off. A base whose age is
#   not known counts as too old.
# custom:
#   id: base.age
#   severity: medium
#   remediation: Build on a current base image; where its age is not known, add it to the catalogue of known bases (policyengine bases add).
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [max_base_age_days]
deny contains reason if {
	data.parameters.max_base_age_days > 0
	not young
	reason := {
		"msg": told,
		"paths": [["base", "name"], ["base", "created"]],
	}
}

told := sprintf("%s says that it was built at a time to come", [shown]) if {
	is_number(input.base.created_ns)
	ages.in_future(input.base.created_ns)
} else := sprintf("%s is %v days old; the limit is %v", [shown, ages.days(input.base.created_ns), data.parameters.max_base_age_days]) if {
	is_number(input.base.created_ns)
} else := sprintf("the age of %s is not known; the limit is %v days", [shown, data.parameters.max_base_age_days])

default shown := "the base image"

shown := sprintf("the base image %s", [input.base.name]) if is_string(input.base.name)

young if {
	created := input.base.created_ns
	is_number(created)
	not ages.in_future(created)
	ages.days(created) <= data.parameters.max_base_age_days
}
