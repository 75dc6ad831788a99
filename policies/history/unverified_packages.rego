package policyengine.history.unverified_packages

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
	some index, step in input.image.history
	steps.is_run(step.created_by)
	regex.match(`--allow-unauthenticated|--allow-insecure-repositories|--force-yes|--no-?gpg-?checks?|--allow-untrusted|gpgcheck\s*=\s*(0|no|false)|trusted=yes|APT::Get::AllowUnauthenticated|--trusted-host`, step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "installs packages without verifying them"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}
