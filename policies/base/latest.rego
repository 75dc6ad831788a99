package policyengine.base.latest

import data.policyengine.lib.patterns

# METADATA
# title: The base image is not named latest
# description: |
#   What latest is changes without notice. A name without a tag means latest, unless it has a
#   digest.
# custom:
#   id: base.latest
#   severity: medium
#   remediation: Build on a version tag and a digest.
#   controls: [CIS-Docker-4.2, NIST-800-190-4.1.5, OWASP-Docker-D09]
#   collections: [cis-docker, nist-800-190, production]
deny contains reason if {
	name := input.base.name
	is_string(name)
	not contains(name, "@")
	regex.match(`^([^:]*|.*:latest)$`, patterns.last_part(name))
	reason := {
		"msg": sprintf("the base image %s is named latest", [name]),
		"paths": [["base", "name"]],
	}
}
