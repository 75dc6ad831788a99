package policyengine.scan.vulnerabilities

import data.policyengine.lib.findings
import data.policyengine.lib.severities

# METADATA
# title: No severe vulnerabilities that have a fix
# description: |
#   The parameter fixable_severity is the lowest severity that is denied where a fix exists; "off"
#   switches the rule off. Where scanners disagree, severity_from, presence_from and fix_from decide.
#   A finding that a trusted VEX author says the image is not affected by does not count.
# custom:
#   id: scan.fixable
#   severity: high
#   remediation: Update the package to a fixed version and build the image anew.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3, SSDF-RV.2.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [fix_from, fixable_severity, presence_from, severity_from, trusted_vex_authors, trusted_vex_signers]
deny contains reason if {
	data.parameters.fixable_severity != "off"
	some index, vulnerability in input.scan.vulnerabilities
	severity := severities.of(vulnerability, data.parameters.severity_from)
	severities.at_least(severity, data.parameters.fixable_severity)
	findings.reported(vulnerability, data.parameters.presence_from)
	findings.fixable(vulnerability, data.parameters.fix_from)
	count(dismissals(vulnerability)) == 0
	reason := {
		"msg": concat(" is fixed in ", [rated(vulnerability, severity), fixes(vulnerability)]),
		"severity": severity,
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
#   switches the rule off. What else decides is as for scan.fixable.
# custom:
#   id: scan.unfixed
#   severity: high
#   remediation: Remove the package, or replace it; if neither is possible, wait for the fix.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [fix_from, presence_from, severity_from, trusted_vex_authors, trusted_vex_signers, unfixed_severity]
deny contains reason if {
	data.parameters.unfixed_severity != "off"
	some index, vulnerability in input.scan.vulnerabilities
	severity := severities.of(vulnerability, data.parameters.severity_from)
	severities.at_least(severity, data.parameters.unfixed_severity)
	findings.reported(vulnerability, data.parameters.presence_from)
	not findings.fixable(vulnerability, data.parameters.fix_from)
	count(dismissals(vulnerability)) == 0
	reason := {
		"msg": concat(" ", [rated(vulnerability, severity), "has no fix"]),
		"severity": severity,
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

# METADATA
# title: Vulnerabilities that the image is said not to be affected by
# description: |
#   What a VEX statement of the parameters trusted_vex_authors or trusted_vex_signers takes from the
#   rules scan.fixable and scan.unfixed is told, with its author and reason.
# custom:
#   id: scan.not_affected
#   severity: low
#   remediation: See that the statement still holds for this build of the image.
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [trusted_vex_authors, trusted_vex_signers]
warn contains reason if {
	some index, vulnerability in input.scan.vulnerabilities
	some statement in dismissals(vulnerability)
	reason := {
		"msg": sprintf("%s says that %s in %s does not affect the image: %s", [
			author(statement),
			vulnerability.id,
			vulnerability.package.name,
			why(statement),
		]),
		"severity": "low",
		"vulnerability": vulnerability.id,
		"aliases": object.get(vulnerability, "aliases", []),
		"package": vulnerability.package.name,
		"version": object.get(vulnerability.package, "version", null),
		"path": object.get(vulnerability.package, "path", null),
		"paths": [["scan", "vulnerabilities", index]],
	}
}

# METADATA
# title: Vulnerabilities whose fix is installed
# description: |
#   A scanner reports a vulnerability in a version that is at or above every version that is said to
#   fix it: the scanner, or its database, is wrong about one of them. It is denied all the same.
# custom:
#   id: scan.fix_installed
#   severity: low
#   remediation: Scan again with a current database, and report the contradiction to the scanner's makers.
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [baseline, cis-docker, nist-800-190, production]
warn contains reason if {
	some index, vulnerability in input.scan.vulnerabilities
	vulnerability.fix_installed == true
	reason := {
		"msg": sprintf("%s in %s is said to be fixed in %s, and %s is installed", [
			vulnerability.id,
			vulnerability.package.name,
			concat(" or ", vulnerability.fixed_versions),
			vulnerability.package.version,
		]),
		"severity": "low",
		"vulnerability": vulnerability.id,
		"aliases": object.get(vulnerability, "aliases", []),
		"package": vulnerability.package.name,
		"version": object.get(vulnerability.package, "version", null),
		"path": object.get(vulnerability.package, "path", null),
		"paths": [["scan", "vulnerabilities", index]],
	}
}

dismissals(vulnerability) := findings.dismissals(
	vulnerability,
	data.parameters.trusted_vex_authors,
	data.parameters.trusted_vex_signers,
)

rated(vulnerability, severity) := sprintf("%s (%s) in %s %s", [
	vulnerability.id,
	severity,
	vulnerability.package.name,
	vulnerability.package.version,
])

fixes(vulnerability) := vulnerability.least_fixed_version if vulnerability.least_fixed_version != null

fixes(vulnerability) := concat(" or ", vulnerability.fixed_versions) if {
	object.get(vulnerability, "least_fixed_version", null) == null
}

author(statement) := statement.signer if statement.signer != null

author(statement) := statement.author if statement.signer == null

why(statement) := statement.justification if statement.justification != null

why(statement) := statement.impact_statement if statement.justification == null
