package policyengine.scan.epss

import data.policyengine.lib.reasons

# METADATA
# title: No vulnerabilities that are likely to be exploited
# description: |
#   The parameter epss_limit is the lowest probability of exploitation within 30 days (EPSS) that
#   is denied, whatever the severity; null switches the rule off.
# custom:
#   id: scan.epss
#   severity: high
#   remediation: Update the package, or replace it.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.2.2]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [epss_limit, trusted_vex_authors, trusted_vex_signers]
deny contains reason if {
	is_number(data.parameters.epss_limit)
	some index, vulnerability in input.scan.vulnerabilities
	is_number(vulnerability.epss.score)
	vulnerability.epss.score >= data.parameters.epss_limit
	reasons.stands(vulnerability)
	reason := reasons.about(index, vulnerability, sprintf("is exploited with a probability of %v", [vulnerability.epss.score]))
}
