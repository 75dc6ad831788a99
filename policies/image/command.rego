package policyengine.image.command

# METADATA
# title: The image says what it runs
# description: An image without entrypoint and command runs what whoever starts it says.
# custom:
#   id: image.command
#   severity: low
#   remediation: Add ENTRYPOINT or CMD.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	not starts_something
	reason := {
		"msg": "the image has neither entrypoint nor command",
		"paths": [["image", "config", "Entrypoint"], ["image", "config", "Cmd"]],
	}
}

starts_something if count(input.image.config.Entrypoint) > 0

starts_something if count(input.image.config.Cmd) > 0
