package policyengine.dockerfile.unverified_packages

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile installs verified packages only
# description: Package managers verify what they install, unless told not to.
# custom:
#   id: dockerfile.unverified_packages
#   severity: high
#   remediation: Install without the option, from a repository whose key the image has.
#   controls: [CIS-Docker-4.11, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.runs
	by := sort(commands.unverified_packages(found.scripts))
	count(by) > 0
	reason := dockerfiles.reason(found, concat("", ["installs packages without verifying them: ", concat(", ", by)]))
}
