package policyengine.reference.pinned

import data.policyengine.lib.references

# METADATA
# title: The image is asked for by digest
# description: |
#   A tag can be moved to another image. The parameter digest_required_in lists the environments in
#   which it is not enough; "*" means all.
# custom:
#   id: reference.pinned
#   severity: medium
#   remediation: Ask for the image by digest, as in registry.example.com/shop/web@sha256:...
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, OWASP-Docker-D09]
#   collections: [admission, nist-800-190, production, supply-chain]
#   parameters: [digest_required_in]
deny contains reason if {
	references.means_here(data.parameters.digest_required_in)
	not references.by_digest
	reason := {
		"msg": sprintf("the image is not asked for by digest: %s", [shown]),
		"paths": [["subject", "reference"]],
	}
}

default shown := "nothing says how"

shown := input.subject.reference
