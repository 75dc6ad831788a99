package policyengine.registry.repository

import data.policyengine.lib.patterns
import data.policyengine.lib.references

# METADATA
# title: The image is from an allowed repository
# description: |
#   The parameter allowed_repositories lists patterns of repositories, with their registry; empty
#   means any. An image without a name is from none.
# custom:
#   id: registry.repository
#   severity: high
#   remediation: Push the image to an allowed repository, and ask for it there.
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08]
#   collections: [admission, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [allowed_repositories]
deny contains reason if {
	count(data.parameters.allowed_repositories) > 0
	not allowed
	reason := {
		"msg": sprintf("the image is not from an allowed repository: %s", [shown]),
		"paths": [["subject", "registry"], ["subject", "repository"]],
	}
}

allowed if {
	some pattern in data.parameters.allowed_repositories
	patterns.repository_matches(pattern, references.repository)
}

default shown := "it has no name"

shown := references.repository
