package policyengine.history.world_writable

import data.policyengine.lib.steps

# METADATA
# title: No files are made writable for everybody
# description: |
#   A file that everybody may change is changed by the first process that is broken into.
#   Directories with the sticky bit, such as /tmp, are meant to be so.
# custom:
#   id: history.world_writable
#   severity: medium
#   remediation: Give the file to the user who needs it, and write no mode that ends in 2, 3, 6 or 7.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	some index, step in input.image.history
	regex.match(`(chmod\s+(-\S+\s+)*|--chmod=)([0246]?[0-7]{2}[2367]|[ug]*[oa][ugoa]*[+=][rxXst]*w[rwxXst]*)(\s|,|$)`, step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "makes files writable for everybody"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}
