package policyengine.dockerfile.multi_stage

import data.policyengine.lib.dockerfiles

# METADATA
# title: What builds is not what ships
# description: Compilers and build tools in the only stage ship with the image.
# custom:
#   id: dockerfile.multi_stage
#   severity: low
#   remediation: Build in a stage of its own, and copy only what runs into the last.
#   controls: [CIS-Docker-4.3, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
warn contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"RUN"}
	regex.match(`(install|add)\s[^;&|\n]*\b(build-essential|build-base|gcc|clang|make|cmake|maven|gradle|golang|rustc|cargo)\b|\b(go|cargo|mvn|gradle) (build|install|package)\b`, found.text)
	count(input.dockerfile.stages) == 1
	reason := dockerfiles.reason(found, "builds in the only stage")
}
