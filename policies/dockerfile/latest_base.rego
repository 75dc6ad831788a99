package policyengine.dockerfile.latest_base

import data.policyengine.lib.dockerfiles

# METADATA
# title: No base in the Dockerfile is latest
# description: |
#   What latest is changes without notice. No tag means latest, unless there is a digest.
# custom:
#   id: dockerfile.latest_base
#   severity: medium
#   remediation: Write FROM with a version tag and a digest.
#   controls: [CIS-Docker-4.2, NIST-800-190-4.1.5, OWASP-Docker-D09]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.bases
	found.base.digest == null
	floating(found.base)
	reason := {
		"msg": sprintf("line %v builds on %s, which is latest", [found.line, found.base.written]),
		"line": found.line,
		"paths": [found.path],
	}
}

floating(base) if base.tag == null

floating(base) if base.tag == "latest"
