package policyengine.dockerfile.world_writable

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile makes no files writable for everybody
# description: |
#   A file that everybody may change is changed by the first process that is broken into.
# custom:
#   id: dockerfile.world_writable
#   severity: medium
#   remediation: Write no mode that ends in 2, 3, 6 or 7.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	writable(found)
	reason := dockerfiles.reason(found, "makes files writable for everybody")
}

writable(found) if {
	found.keyword in {"COPY", "ADD"}
	commands.copied_writable(found.text)
}

writable(found) if {
	some other in dockerfiles.runs
	other.path == found.path
	commands.world_writable(other.scripts)
}
