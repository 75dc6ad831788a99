package policyengine.dockerfile.add

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile copies, and does not add
# description: ADD unpacks archives and fetches URLs where COPY only copies.
# custom:
#   id: dockerfile.add
#   severity: low
#   remediation: Write COPY; unpack archives with RUN.
#   controls: [CIS-Docker-4.9, OWASP-Docker-D04]
#   collections: [cis-docker, dockerfile]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"ADD"}
	reason := dockerfiles.reason(found, "uses ADD")
}
