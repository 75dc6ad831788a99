package policyengine.provenance.builder

import data.policyengine.lib.provenance

# METADATA
# title: A trusted builder built the image
# description: |
#   The parameter trusted_builders lists patterns of builders; empty means any. Every statement of
#   provenance must name one.
# custom:
#   id: provenance.builder
#   severity: high
#   remediation: Build with a trusted builder.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [trusted_builders]
#   evidence:
#     optional: [trust]
deny contains reason if {
	count(data.parameters.trusted_builders) > 0
	some found in provenance.judged
	not allowed(found)
	reason := {
		"msg": sprintf("the builder is not a trusted one: %s", [provenance.shown(found.build.builder_id)]),
		"paths": [found.path],
	}
}

allowed(found) if provenance.fits(found.build.builder_id, data.parameters.trusted_builders)
