package policyengine.base.pinned

# METADATA
# title: The base image is known by digest
# description: A name alone does not tell which of the images that had it was built on.
# custom:
#   id: base.pinned
#   severity: low
#   remediation: Record org.opencontainers.image.base.digest in labels or annotations.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, OWASP-Docker-D09, SSDF-PS.3.2]
#   collections: [cis-docker, nist-800-190, supply-chain]
deny contains reason if {
	not pinned
	reason := {
		"msg": sprintf("the digest of the base image is not known: %s", [shown]),
		"paths": [["base", "name"], ["base", "digest"]],
	}
}

pinned if is_string(input.base.digest)

default shown := "it has no name either"

shown := name if {
	name := input.base.name
	is_string(name)
}
