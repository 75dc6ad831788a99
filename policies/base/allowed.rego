package policyengine.base.allowed

import data.policyengine.lib.patterns

# METADATA
# title: The base image is an allowed one
# description: |
#   The parameters allowed_bases (patterns of names, without tag) and allowed_base_digests say what
#   may be built upon; either is enough. With both empty any base may. A base that is not known is
#   not an allowed one.
# custom:
#   id: base.allowed
#   severity: high
#   remediation: Build on an allowed base, and record it with org.opencontainers.image.base.name.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.1]
#   collections: [baseline, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [allowed_base_digests, allowed_bases]
deny contains reason if {
	count(data.parameters.allowed_bases) + count(data.parameters.allowed_base_digests) > 0
	not allowed
	reason := {
		"msg": sprintf("the base image is not an allowed one: %s", [shown]),
		"paths": [["base", "name"], ["base", "digest"]],
	}
}

allowed if input.base.digest in data.parameters.allowed_base_digests

allowed if {
	input.base.name != null
	some pattern in data.parameters.allowed_bases
	patterns.repository_matches(pattern, patterns.repository_of(input.base.name))
}

default shown := "not known"

shown := name if {
	name := input.base.name
	is_string(name)
}
