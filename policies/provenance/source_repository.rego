package policyengine.provenance.source_repository

import data.policyengine.lib.provenance

# METADATA
# title: The image is built from an allowed source
# description: |
#   The parameter allowed_sources lists patterns of source repositories; empty means any. Every
#   statement of provenance must name one.
# custom:
#   id: provenance.source_repository
#   severity: high
#   remediation: Build from an allowed repository.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [allowed_sources]
#   evidence:
#     optional: [trust]
deny contains reason if {
	count(data.parameters.allowed_sources) > 0
	some found in provenance.judged
	not allowed(found)
	reason := {
		"msg": sprintf("the source repository is not an allowed one: %s", [provenance.shown(found.build.source_repository)]),
		"paths": [found.path],
	}
}

allowed(found) if provenance.fits(found.build.source_repository, data.parameters.allowed_sources)
