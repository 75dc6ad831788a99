package policyengine.history.update_alone

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: Package lists are not updated alone
# description: |
#   A step that only updates the lists of packages is cached, and later steps then install what is
#   long out of date.
# custom:
#   id: history.update_alone
#   severity: low
#   remediation: Update and install in one RUN.
#   controls: [CIS-Docker-4.7, OWASP-Docker-D02, OWASP-Docker-D09]
#   collections: [cis-docker, production]
deny contains reason if {
	some step in steps.runs
	commands.updates_alone(step.scripts)
	reason := steps.reason(step, "updates package lists and installs nothing")
}
