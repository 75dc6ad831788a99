package policyengine.history.world_writable

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: No files are made writable for everybody
# description: |
#   A file that everybody may change is changed by the first process that is broken into.
#   Directories with the sticky bit, such as /tmp, are meant to be so.
# custom:
#   id: history.world_writable
#   severity: medium
#   remediation: Give the file to the user who needs it, and write no mode that ends in 2, 3, 6 or 7.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	some step in steps.all
	writable(step)
	reason := steps.reason(step, "makes files writable for everybody")
}

writable(step) if commands.copied_writable(step.text)

writable(step) if {
	some other in steps.runs
	other.path == step.path
	commands.world_writable(other.scripts)
}
