package policyengine.scan.wont_fix

import data.policyengine.lib.reasons
import data.policyengine.lib.severities

# METADATA
# title: Vulnerabilities that nobody will fix
# description: |
#   The parameter wont_fix_severity is the lowest severity that is warned about where the
#   maintainers will not fix it; "off" switches the rule off.
# custom:
#   id: scan.wont_fix
#   severity: medium
#   remediation: Replace the package by one that is maintained.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, SSDF-RV.2.2]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [trusted_vex_authors, trusted_vex_signers, wont_fix_severity]
warn contains reason if {
	data.parameters.wont_fix_severity != "off"
	some index, vulnerability in input.scan.vulnerabilities
	vulnerability.fix_state == "wont_fix"
	severities.at_least(vulnerability.severity, data.parameters.wont_fix_severity)
	reasons.stands(vulnerability)
	reason := reasons.about(index, vulnerability, "will not be fixed")
}
