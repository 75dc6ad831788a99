package policyengine.license.forbidden

# METADATA
# title: No forbidden licences
# description: |
#   The parameter forbidden_licenses lists SPDX identifiers, compared without regard to case. Of
#   alternatives (OR) one that is allowed is enough; of what applies together (AND) each must be. An
#   expression with parentheses is denied if any identifier in it is forbidden.
# custom:
#   id: license.forbidden
#   severity: high
#   remediation: Replace the package, or use it under another of its licences.
#   controls: [SSDF-PW.4.1]
#   collections: [baseline, production, supply-chain]
#   parameters: [forbidden_licenses]
deny contains reason if {
	some index, item in input.sbom.packages
	some place, license in item.licenses
	forbidden(license.value)
	reason := {
		"msg": sprintf("the package %s is under the forbidden licence %s", [item.name, license.value]),
		"package": item.name,
		"license": license.value,
		"paths": [["sbom", "packages", index, "licenses", place, "value"]],
	}
}

forbidden(expression) if {
	contains(expression, "(")
	some identifier in identifiers(expression)
	listed(identifier)
}

forbidden(expression) if not some_alternative_allowed(expression)

some_alternative_allowed(expression) if {
	some alternative in split(lower(expression), " or ")
	not some_part_forbidden(alternative)
}

some_part_forbidden(alternative) if {
	some part in split(alternative, " and ")
	listed(part)
}

identifiers(expression) := regex.split(`[() ]+`, expression)

listed(text) if {
	name := split(trim_space(lower(text)), " with ")[0]
	some entry in data.parameters.forbidden_licenses
	lower(entry) == name
}
