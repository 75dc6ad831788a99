package policyengine.layers.limit

# METADATA
# title: The image has not too many layers
# description: |
#   Each layer keeps what later ones delete, and many of them hide what is in the image. The
#   parameter max_layers sets the limit; 0 switches the rule off.
# custom:
#   id: layers.limit
#   severity: low
#   remediation: Join steps, or build in several stages and copy the result.
#   controls: [OWASP-Docker-D04]
#   collections: [production]
#   parameters: [max_layers]
deny contains reason if {
	data.parameters.max_layers > 0
	found := count(input.image.layers)
	found > data.parameters.max_layers
	reason := {
		"msg": sprintf("the image has %v layers; the limit is %v", [found, data.parameters.max_layers]),
		"paths": [["image", "layers"]],
	}
}
