package policyengine.image.healthcheck

# METADATA
# title: The image has a health check
# description: |
#   Without a health check a container that hangs counts as running. NONE switches an inherited
#   check off, and a check without a command checks nothing.
# custom:
#   id: image.healthcheck
#   severity: low
#   remediation: Add HEALTHCHECK CMD with a command that fails when the service does.
#   controls: [CIS-Docker-4.6, OWASP-Docker-D10]
#   collections: [baseline, cis-docker, production]
deny contains reason if {
	not checked
	reason := {
		"msg": "the image has no health check",
		"paths": [["image", "config", "Healthcheck"]],
	}
}

checked if {
	test := input.image.config.Healthcheck.Test
	test[0] != "NONE"
	count(test) > 1
	trim_space(test[1]) != ""
}
