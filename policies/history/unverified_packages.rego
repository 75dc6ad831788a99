package policyengine.history.unverified_packages

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: Only verified packages are installed
# description: Package managers verify what they install, unless told not to.
# custom:
#   id: history.unverified_packages
#   severity: high
#   remediation: Install without the option, from a repository whose key the image has.
#   controls: [CIS-Docker-4.11, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [cis-docker, nist-800-190, production, supply-chain]
deny contains reason if {
	some step in steps.runs
	by := sort(commands.unverified_packages(step.scripts))
	count(by) > 0
	reason := steps.reason(step, concat("", ["installs packages without verifying them: ", concat(", ", by)]))
}
