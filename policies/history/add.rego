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
	some step in steps.adds
	not makes_first_layer(step)
	reason := steps.reason(step, "uses ADD")
}

makes_first_layer(step) if input.image.history[step.place.step].layer == input.image.layers[0]
