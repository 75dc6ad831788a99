package policyengine.base.known

# METADATA
# title: The base image is known
# description: Without its name nobody can tell what the image was built on.
# custom:
#   id: base.known
#   severity: low
#   remediation: Record org.opencontainers.image.base.name in labels or annotations.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.3.2]
#   collections: [cis-docker, nist-800-190, supply-chain]
deny contains reason if {
	not named
	reason := {
		"msg": "nothing says what the image was built on",
		"paths": [["base", "name"]],
	}
}

named if is_string(input.base.name)
