package policyengine.dockerfile.update_alone

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile updates package lists only to install
# description: |
#   A step that only updates the lists of packages is cached, and later steps install what is out
#   of date.
# custom:
#   id: dockerfile.update_alone
#   severity: low
#   remediation: Update and install in one RUN.
#   controls: [CIS-Docker-4.7, OWASP-Docker-D02, OWASP-Docker-D09]
#   collections: [cis-docker, dockerfile, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.runs
	commands.updates_alone(found.scripts)
	reason := dockerfiles.reason(found, "updates package lists and installs nothing")
}
