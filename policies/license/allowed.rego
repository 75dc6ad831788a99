package policyengine.license.allowed

# METADATA
# title: All licences are allowed ones
# description: |
#   The parameter allowed_licenses lists SPDX identifiers, compared without regard to case; empty
#   means any. Of alternatives (OR) one that is allowed is enough; in an expression with
#   parentheses all must be. Free text is no licence that could be allowed.
# custom:
#   id: license.allowed
#   severity: medium
#   remediation: Replace the package, or have its licence reviewed and listed.
#   controls: [SSDF-PW.4.1]
#   collections: [production, supply-chain]
#   parameters: [allowed_licenses]
deny contains reason if {
	count(data.parameters.allowed_licenses) > 0
	some index, item in input.sbom.packages
	some place, license in item.licenses
	not permitted(license)
	reason := {
		"msg": sprintf("the package %s is under the licence %s, which is not an allowed one", [item.name, license.value]),
		"package": item.name,
		"license": license.value,
		"version": item.version,
		"paths": [["sbom", "packages", index, "licenses", place, "value"]],
	}
}

listed := {lower(name) | some name in data.parameters.allowed_licenses}

permitted(license) if {
	is_string(license.expression)
	contains(license.expression, "(")
	every name in license.ids {
		lower(name) in listed
	}
}

permitted(license) if {
	is_string(license.expression)
	not parenthesised(license)
	some alternative in split(lower(license.expression), " or ")
	every part in regex.split(` and | with `, alternative) {
		part in listed
	}
}

parenthesised(license) if contains(license.expression, "(")
