package policyengine.provenance.dependencies_pinned

import data.policyengine.lib.provenance

# METADATA
# title: What went into the build is known by digest
# description: A dependency without a digest may have been anything.
# custom:
#   id: provenance.dependencies_pinned
#   severity: low
#   remediation: Have the builder record digests.
#   controls: [NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   evidence:
#     optional: [trust]
warn contains reason if {
	some index in provenance.verified
	some place, dependency in input.trust.attestations[index].build.resolved_dependencies
	count(dependency.digests) == 0
	reason := {
		"msg": sprintf("the build used %s without a digest", [dependency.uri]),
		"uri": dependency.uri,
		"paths": [["trust", "attestations", index, "build", "resolved_dependencies", place]],
	}
}
