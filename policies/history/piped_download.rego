package policyengine.history.piped_download

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
	some index, step in input.image.history
	downloads_and_runs(step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "runs what it downloads"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}

downloads_and_runs(created_by) if {
	steps.is_run(created_by)
	regex.match(`\b(curl|wget)\s[^;&\n]*\|\s*(sudo\s+(-\S+\s+)*)?(\S*/)?((ba|da|a|z|k)?sh|python[0-9.]*|perl|ruby|node|php)(\s|$)`, created_by)
}

downloads_and_runs(created_by) if {
	steps.is_run(created_by)
	regex.match(`\b(ba|da|a|z|k)?sh\s+(-\S+\s+)*(<\(|"\$\()\s*(curl|wget)\s`, created_by)
}
