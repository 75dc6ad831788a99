package policyengine.provenance.source_ref

import data.policyengine.lib.provenance

# METADATA
# title: The image is built from an allowed branch or tag
# description: |
#   The parameter allowed_source_refs lists patterns of branches and tags; empty means any. Every
#   statement of provenance must name one.
# custom:
#   id: provenance.source_ref
#   severity: high
#   remediation: Build from a release branch or tag.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [allowed_source_refs]
#   evidence:
#     optional: [trust]
deny contains reason if {
	count(data.parameters.allowed_source_refs) > 0
	some found in provenance.judged
	not allowed(found)
	reason := {
		"msg": sprintf("the branch or tag is not an allowed one: %s", [provenance.shown(found.build.source_ref)]),
		"paths": [found.path],
	}
}

allowed(found) if provenance.fits(found.build.source_ref, data.parameters.allowed_source_refs)
