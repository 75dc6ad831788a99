package policyengine.history.unverified_download

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: Downloads verify the server
# description: Without the check of the certificate anybody on the way can answer for the server.
# custom:
#   id: history.unverified_download
#   severity: high
#   remediation: Give the certificate authority to the image, and leave the option out.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [nist-800-190, production, supply-chain]
deny contains reason if {
	some step in steps.runs
	commands.unverified_download(step.scripts)
	reason := steps.reason(step, "downloads without verifying the server")
}
