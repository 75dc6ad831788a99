package policyengine.scan.licenses

import data.policyengine.lib.severities

# METADATA
# title: Scanners rate no licence as severe
# description: |
#   The parameter license_severity is the lowest severity that a scanner gives a licence at which
#   it is denied; "off" switches the rule off.
# custom:
#   id: scan.licenses
#   severity: medium
#   remediation: Replace the package, or use it under another of its licences.
#   controls: [SSDF-PW.4.1]
#   collections: [production]
#   parameters: [license_severity]
deny contains reason if {
	data.parameters.license_severity != "off"
	some index, found in input.scan.licenses
	severities.at_least(found.severity, data.parameters.license_severity)
	reason := {
		"msg": sprintf("the licence %s is rated %s in %s", [found.license, found.severity, holder(found)]),
		"severity": found.severity,
		"license": found.license,
		"path": found.path,
		"paths": [["scan", "licenses", index]],
	}
}

holder(found) := found.package.name if found.package != null

holder(found) := found.path if {
	found.package == null
	found.path != null
}

holder(found) := "a file" if {
	found.package == null
	found.path == null
}
