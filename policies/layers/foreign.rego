package policyengine.layers.foreign

# METADATA
# title: No layers are taken from elsewhere
# description: |
#   A layer that may not be distributed is fetched from a URL outside the registry when the image
#   is pulled. Images from a daemon or a Docker archive hold their layers themselves.
# custom:
#   id: layers.foreign
#   severity: medium
#   remediation: Push the layer to the registry with the image.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08]
#   collections: [nist-800-190, production, supply-chain]
deny contains reason if {
	some index, layer in input.image_manifest.layers
	regex.match(`foreign|nondistributable`, layer.media_type)
	reason := {
		"msg": sprintf("the layer %s is stored elsewhere: its media type is %s", [layer.digest, layer.media_type]),
		"layer": layer.digest,
		"paths": [["image_manifest", "layers", index]],
	}
}
