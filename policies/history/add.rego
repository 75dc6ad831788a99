package policyengine.history.add

import data.policyengine.lib.steps

# METADATA
# title: Files are copied, not added
# description: |
#   ADD unpacks archives and fetches URLs where COPY only copies. The step that made the first
#   layer is the base image taking its files from an archive.
# custom:
#   id: history.add
#   severity: low
#   remediation: Write COPY; unpack archives with RUN.
#   controls: [CIS-Docker-4.9, OWASP-Docker-D04]
#   collections: [cis-docker]
deny contains reason if {
	some index, step in input.image.history
	regex.match(`^(/bin/sh -c #\(nop\)\s+)?ADD\s`, step.created_by)
	not makes_first_layer(step)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "uses ADD"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}

makes_first_layer(step) if step.layer == input.image.layers[0]
