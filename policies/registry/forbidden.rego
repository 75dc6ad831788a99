package policyengine.registry.forbidden

# METADATA
# title: The image is not from a forbidden registry
# description: |
#   The parameter forbidden_registries lists registries, with their port where they have one. An
#   image without a name could be from any, and is denied where some are forbidden.
# custom:
#   id: registry.forbidden
#   severity: high
#   remediation: Copy the image to a registry of your own after review, and ask for it there.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08]
#   collections: [admission, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [forbidden_registries]
deny contains reason if {
	count(data.parameters.forbidden_registries) > 0
	not elsewhere
	reason := {
		"msg": shown,
		"paths": [["subject", "registry"]],
	}
}

elsewhere if {
	is_string(input.subject.registry)
	not listed
}

listed if {
	some registry in data.parameters.forbidden_registries
	lower(registry) == lower(input.subject.registry)
}

default shown := "the image has no name, and may be from a forbidden registry"

shown := concat(" ", ["the image is from the forbidden registry", name]) if {
	name := input.subject.registry
	is_string(name)
}
