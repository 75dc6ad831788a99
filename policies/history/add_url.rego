package policyengine.history.add_url

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: Nothing is added from a URL
# description: |
#   ADD with a URL takes whatever is there on the day of the build, and compares no digest.
# custom:
#   id: history.add_url
#   severity: medium
#   remediation: Download with RUN, compare the digest, and remove what is not needed; or use ADD --checksum.
#   controls: [CIS-Docker-4.9, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [cis-docker, nist-800-190, production, supply-chain]
deny contains reason if {
	some step in steps.adds
	commands.adds_url(step.text)
	not checked(step)
	reason := steps.reason(step, "adds from a URL")
}

checked(step) if commands.adds_checked(step.text)
