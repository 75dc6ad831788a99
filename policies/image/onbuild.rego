package policyengine.image.onbuild

# METADATA
# title: No triggers for images built on this one
# description: |
#   What ONBUILD does is not in the Dockerfile of the image that it is done to, and nobody who
#   reads that sees it.
# custom:
#   id: image.onbuild
#   severity: low
#   remediation: Write the instruction where it takes effect.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	some index, trigger in input.image.config.OnBuild
	reason := {
		"msg": sprintf("the image has a trigger: ONBUILD %s", [trigger]),
		"paths": [["image", "config", "OnBuild", index]],
	}
}
