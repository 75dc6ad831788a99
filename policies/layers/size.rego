package policyengine.layers.size

# METADATA
# title: The image is not too large
# description: |
#   The parameter max_image_bytes sets the limit on what a registry stores of the image; 0 switches
#   the rule off. A size that is not known, as from a daemon, counts as too large.
# custom:
#   id: layers.size
#   severity: low
#   remediation: Build in several stages, and copy only what runs into the last.
#   controls: [OWASP-Docker-D04]
#   collections: [production]
#   parameters: [max_image_bytes]
deny contains reason if {
	data.parameters.max_image_bytes > 0
	not small
	reason := {
		"msg": sprintf("the image is larger than %v bytes, or of unknown size: %s", [data.parameters.max_image_bytes, shown]),
		"paths": [["image_manifest", "size"]],
	}
}

small if input.image_manifest.size <= data.parameters.max_image_bytes

default shown := "not known"

shown := sprintf("%v bytes", [input.image_manifest.size])
