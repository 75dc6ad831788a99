package policyengine.history.piped_download

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: Nothing downloaded is run unseen
# description: |
#   What is piped from the network into an interpreter was checked by nobody, and is another
#   tomorrow.
# custom:
#   id: history.piped_download
#   severity: high
#   remediation: Download to a file, compare its digest, then run it.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [nist-800-190, production, supply-chain]
deny contains reason if {
	some step in steps.runs
	commands.runs_download(step.scripts)
	reason := steps.reason(step, "runs what it downloads")
}
