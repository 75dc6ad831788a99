package policyengine.scan.published

import data.policyengine.lib.ages
import data.policyengine.lib.reasons

# METADATA
# title: Vulnerabilities are dealt with in time
# description: |
#   The parameter max_days_since_publication gives severities, and for each the days after which a
#   vulnerability is denied, with a fix or without. A date that is not known counts as long ago.
# custom:
#   id: scan.published
#   severity: high
#   remediation: Update the package, or replace it.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3, SSDF-RV.2.2]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_days_since_publication, trusted_vex_authors, trusted_vex_signers]
deny contains reason if {
	some index, vulnerability in input.scan.vulnerabilities
	limit := data.parameters.max_days_since_publication[vulnerability.severity]
	not within(vulnerability, limit)
	reasons.stands(vulnerability)
	reason := reasons.about(index, vulnerability, sprintf("%s; the limit is %v days", [told(vulnerability), limit]))
}

told(vulnerability) := sprintf("was published %v days ago", [ages.days(vulnerability.published_at_ns)]) if {
	is_number(vulnerability.published_at_ns)
} else := "was published nobody says when"

within(vulnerability, limit) if {
	is_number(vulnerability.published_at_ns)
	ages.days(vulnerability.published_at_ns) <= limit
}
