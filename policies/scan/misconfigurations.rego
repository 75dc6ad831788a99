package policyengine.scan.misconfigurations

import data.policyengine.lib.severities

# METADATA
# title: Scanners found no severe misconfiguration
# description: |
#   The parameter misconfiguration_severity is the lowest severity of a failed configuration check
#   that is denied; "off" switches the rule off.
# custom:
#   id: scan.misconfigurations
#   severity: medium
#   remediation: Change what the check names.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
#   parameters: [misconfiguration_severity]
deny contains reason if {
	data.parameters.misconfiguration_severity != "off"
	some index, check in input.scan.misconfigurations
	severities.at_least(check.severity, data.parameters.misconfiguration_severity)
	reason := {
		"msg": sprintf("%s: %s", [check.id, check.title]),
		"severity": check.severity,
		"check": check.id,
		"path": check.path,
		"paths": [["scan", "misconfigurations", index]],
	}
}
