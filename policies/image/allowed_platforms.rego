package policyengine.image.allowed_platforms

# METADATA
# title: The image is for an allowed platform
# description: |
#   The parameter allowed_platforms lists platforms, with or without variant; empty means any.
# custom:
#   id: image.allowed_platforms
#   severity: low
#   remediation: Build the image for an allowed platform.
#   controls: [NIST-800-190-4.1.2]
#   collections: [nist-800-190, production]
#   parameters: [allowed_platforms]
deny contains reason if {
	count(data.parameters.allowed_platforms) > 0
	platform := input.image.platform
	not allowed(platform)
	reason := {
		"msg": sprintf("the image is for %s, which is not an allowed platform", [shown(platform)]),
		"paths": [["image", "platform"]],
	}
}

allowed(platform) if concat("/", [platform.os, platform.architecture]) in data.parameters.allowed_platforms

allowed(platform) if {
	is_string(platform.variant)
	concat("/", [platform.os, platform.architecture, platform.variant]) in data.parameters.allowed_platforms
}

shown(platform) := sprintf("%s/%s/%s", [platform.os, platform.architecture, platform.variant]) if {
	is_string(platform.variant)
} else := sprintf("%s/%s", [platform.os, platform.architecture])
