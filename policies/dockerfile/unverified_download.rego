package policyengine.dockerfile.unverified_download

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile verifies the servers that it downloads from
# description: Without the check of the certificate anybody on the way can answer for the server.
# custom:
#   id: dockerfile.unverified_download
#   severity: high
#   remediation: Give the certificate authority to the image, and leave the option out.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.runs
	commands.unverified_download(found.scripts)
	reason := dockerfiles.reason(found, "downloads without verifying the server")
}
