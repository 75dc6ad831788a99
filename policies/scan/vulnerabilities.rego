package policyengine.scan.vulnerabilities

import data.policyengine.lib.severities

# METADATA
# title: No severe vulnerabilities that have a fix
# description: |
#   The parameter fixable_severity is the lowest severity that is denied where a fix exists; "off"
#   switches the rule off. Where scanners disagree the higher severity counts.
# custom:
#   id: scan.fixable
#   severity: high
#   remediation: Update the package to a fixed version and build the image anew.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3, SSDF-RV.2.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [fixable_severity]
deny contains reason if {
	data.parameters.fixable_severity != "off"
	some index, vulnerability in input.scan.vulnerabilities
	severities.at_least(vulnerability.severity, data.parameters.fixable_severity)
	fixable(vulnerability)
	reason := {
		"msg": concat(" is fixed in ", [described(vulnerability), concat(" or ", vulnerability.fixed_versions)]),
		"severity": vulnerability.severity,
		"vulnerability": vulnerability.id,
		"aliases": object.get(vulnerability, "aliases", []),
		"package": vulnerability.package.name,
		"version": object.get(vulnerability.package, "version", null),
		"path": object.get(vulnerability.package, "path", null),
		"paths": [["scan", "vulnerabilities", index]],
	}
}

# METADATA
# title: No severe vulnerabilities without a fix
# description: |
#   The parameter unfixed_severity is the lowest severity that is denied where no fix exists; "off"
#   switches the rule off.
# custom:
#   id: scan.unfixed
#   severity: high
#   remediation: Remove the package, or replace it; if neither is possible, wait for the fix.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [unfixed_severity]
deny contains reason if {
	data.parameters.unfixed_severity != "off"
	some index, vulnerability in input.scan.vulnerabilities
	severities.at_least(vulnerability.severity, data.parameters.unfixed_severity)
	not fixable(vulnerability)
	reason := {
		"msg": concat(" ", [described(vulnerability), "has no fix"]),
		"severity": vulnerability.severity,
		"vulnerability": vulnerability.id,
		"aliases": object.get(vulnerability, "aliases", []),
		"package": vulnerability.package.name,
		"version": object.get(vulnerability.package, "version", null),
		"path": object.get(vulnerability.package, "path", null),
		"paths": [["scan", "vulnerabilities", index]],
	}
}

# METADATA
# title: Vulnerabilities of unknown severity
# description: A severity that no scanner knows may be any.
# custom:
#   id: scan.unknown_severity
#   severity: low
#   remediation: Look the vulnerability up, and scan again when it has been rated.
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [baseline, cis-docker, nist-800-190, production]
warn contains reason if {
	some index, vulnerability in input.scan.vulnerabilities
	vulnerability.severity == "unknown"
	reason := {
		"msg": sprintf("the severity of %s in %s is not known", [vulnerability.id, vulnerability.package.name]),
		"vulnerability": vulnerability.id,
		"aliases": object.get(vulnerability, "aliases", []),
		"package": vulnerability.package.name,
		"version": object.get(vulnerability.package, "version", null),
		"path": object.get(vulnerability.package, "path", null),
		"paths": [["scan", "vulnerabilities", index]],
	}
}

described(vulnerability) := sprintf("%s (%s) in %s %s", [
	vulnerability.id,
	vulnerability.severity,
	vulnerability.package.name,
	vulnerability.package.version,
])

fixable(vulnerability) if vulnerability.fix_state == "fixed"

fixable(vulnerability) if count(vulnerability.fixed_versions) > 0
