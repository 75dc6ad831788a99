package policyengine.history.add_url

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
	some index, step in input.image.history
	regex.match(`^(/bin/sh -c #\(nop\)\s+)?ADD\s`, step.created_by)
	regex.match(`\s(https?|ftp|git)://|\sgit@`, step.created_by)
	not checked(step)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "adds from a URL"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}

checked(step) if contains(step.created_by, "--checksum=")
