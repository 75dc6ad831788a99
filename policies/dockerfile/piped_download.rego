package policyengine.dockerfile.piped_download

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile runs nothing unseen
# description: What is piped from the network into a shell was checked by nobody.
# custom:
#   id: dockerfile.piped_download
#   severity: high
#   remediation: Download to a file, compare its digest, then run it.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.runs
	commands.runs_download(found.scripts)
	reason := dockerfiles.reason(found, "runs what it downloads")
}
