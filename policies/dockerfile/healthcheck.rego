package policyengine.dockerfile.healthcheck

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile decides on a health check
# description: |
#   Without HEALTHCHECK a container that hangs counts as running. HEALTHCHECK NONE is a decision
#   that is written down; what the image then lacks is told by image.healthcheck.
# custom:
#   id: dockerfile.healthcheck
#   severity: low
#   remediation: Add HEALTHCHECK CMD with a command that fails when the service does.
#   controls: [CIS-Docker-4.6, OWASP-Docker-D10]
#   collections: [cis-docker, dockerfile, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	input.dockerfile.stages
	not decided
	reason := {
		"msg": "the last stage of the Dockerfile has no HEALTHCHECK",
		"paths": [["dockerfile", "final_stage"]],
	}
}

decided if {
	some stage in dockerfiles.image_stages
	some item in input.dockerfile.stages[stage].instructions
	item.instruction == "HEALTHCHECK"
}
