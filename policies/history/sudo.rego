package policyengine.history.sudo

import data.policyengine.lib.commands
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
	some step in steps.runs
	commands.uses_sudo(step.scripts)
	reason := steps.reason(step, "uses sudo")
}
