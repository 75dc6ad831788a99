package policyengine.history.complete

# METADATA
# title: The history tells of every layer
# description: |
#   A layer that no step of the history made could come from anywhere. Images that were squashed or
#   put together by hand are such.
# custom:
#   id: history.complete
#   severity: medium
#   remediation: Build with a tool that keeps the history, and do not squash.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
deny contains reason if {
	some index, layer in input.image.layers
	not layer in made
	reason := {
		"msg": sprintf("no step of the image history made layer %v, %s", [index, layer]),
		"layer": layer,
		"paths": [["image", "layers", index]],
	}
}

made contains step.layer if some step in input.image.history
