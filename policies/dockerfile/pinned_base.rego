package policyengine.dockerfile.pinned_base

import data.policyengine.lib.dockerfiles

# METADATA
# title: Bases in the Dockerfile are pinned
# description: A tag can be moved to another image between two builds.
# custom:
#   id: dockerfile.pinned_base
#   severity: medium
#   remediation: Write FROM with a digest, as in python:3.13@sha256:...
#   controls: [CIS-Docker-4.2, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, OWASP-Docker-D09]
#   collections: [cis-docker, dockerfile, nist-800-190]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.bases
	found.base.digest == null
	reason := {
		"msg": sprintf("line %v builds on %s without a digest", [found.line, found.base.written]),
		"line": found.line,
		"paths": [found.path],
	}
}
