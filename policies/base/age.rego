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
#   remediation: Build on a current base image.
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [max_base_age_days]
deny contains reason if {
	data.parameters.max_base_age_days > 0
	not young
	reason := {
		"msg": sprintf("the base image is older than %v days, or of unknown age", [data.parameters.max_base_age_days]),
		"paths": [["base", "name"], ["base", "created"]],
	}
}

young if {
	created := input.base.created_ns
	is_number(created)
	not ages.in_future(created)
	ages.days(created) <= data.parameters.max_base_age_days
}
