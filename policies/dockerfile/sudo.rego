package policyengine.dockerfile.sudo

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile does not use sudo
# description: A build has root already where it needs it.
# custom:
#   id: dockerfile.sudo
#   severity: medium
#   remediation: Change the user with USER before and after the step that needs root.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D01]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.runs
	commands.uses_sudo(found.scripts)
	reason := dockerfiles.reason(found, "uses sudo")
}
