package policyengine.provenance.slsa_level

import data.policyengine.lib.provenance

# METADATA
# title: The build has the SLSA level
# description: |
#   The parameter min_slsa_level is the lowest SLSA build level that is accepted; 0 switches the
#   rule off. Every statement of provenance must reach it.
# custom:
#   id: provenance.slsa_level
#   severity: high
#   remediation: Build with a builder of that level.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [min_slsa_level]
#   evidence:
#     optional: [trust]
deny contains reason if {
	data.parameters.min_slsa_level > 0
	some found in provenance.judged
	not reaches(found)
	reason := {
		"msg": sprintf("the SLSA build level %v is not reached: %s", [data.parameters.min_slsa_level, shown(found.build.level)]),
		"paths": [found.path],
	}
}

reaches(found) if {
	is_number(found.build.level)
	found.build.level >= data.parameters.min_slsa_level
}

shown(level) := sprintf("it is %v", [level]) if is_number(level)

shown(level) := "it is not known" if not is_number(level)
