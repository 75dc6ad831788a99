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
		"msg": told,
		"paths": [["image_manifest", "size"]],
	}
}

small if {
	is_number(input.image_manifest.size)
	input.image_manifest.size <= data.parameters.max_image_bytes
}

told := sprintf("the image has %v bytes; the limit is %v", [input.image_manifest.size, data.parameters.max_image_bytes]) if {
	is_number(input.image_manifest.size)
} else := sprintf("the size of the image is not known; the limit is %v bytes", [data.parameters.max_image_bytes])
