package policyengine.history.sudo

import data.policyengine.lib.steps

# METADATA
# title: Nothing was built with sudo
# description: |
#   A build has root already where it needs it; sudo brings a program into the image by which
#   others get it.
# custom:
#   id: history.sudo
#   severity: medium
#   remediation: Change the user with USER before and after the step that needs root.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [nist-800-190, production]
deny contains reason if {
	some index, step in input.image.history
	steps.runs(step.created_by, `sudo\s`)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "uses sudo"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}
