package policyengine.registry.allowed

# METADATA
# title: The image is from an allowed registry
# description: |
#   The parameter allowed_registries lists registries, with their port where they have one; empty
#   means any. An image without a name is from none.
# custom:
#   id: registry.allowed
#   severity: high
#   remediation: Push the image to an allowed registry, and ask for it there.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08]
#   collections: [admission, baseline, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [allowed_registries]
deny contains reason if {
	count(data.parameters.allowed_registries) > 0
	not listed
	reason := {
		"msg": sprintf("the image is not from an allowed registry: %s", [shown]),
		"paths": [["subject", "registry"]],
	}
}

listed if input.subject.registry in data.parameters.allowed_registries

default shown := "it has no name"

shown := name if {
	name := input.subject.registry
	is_string(name)
}
