package policyengine.license.invalid

# METADATA
# title: Licences are SPDX expressions
# description: |
#   A licence that is no expression, or not on the SPDX list, is compared with no list of licences.
# custom:
#   id: license.invalid
#   severity: low
#   remediation: Correct the licence in the SBOM.
#   controls: [SSDF-PW.4.1]
#   collections: [supply-chain]
warn contains reason if {
	some value in problematic
	reason := {
		"msg": sprintf("the licence %s is not one of SPDX", [value]),
		"license": value,
		"paths": [["sbom", "packages"]],
	}
}

problematic contains license.value if {
	some item in input.sbom.packages
	some license in item.licenses
	is_string(license.problem)
}
