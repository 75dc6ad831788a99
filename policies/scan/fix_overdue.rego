package policyengine.scan.fix_overdue

import data.policyengine.lib.ages
import data.policyengine.lib.findings
import data.policyengine.lib.reasons

# METADATA
# title: Fixes are taken in time
# description: |
#   The parameter max_days_since_fix gives severities, and for each the days after which a fix must
#   be in the image. Where nobody says when the fix was made, the day of publication counts; with
#   neither date the fix counts as overdue.
# custom:
#   id: scan.fix_overdue
#   severity: high
#   remediation: Update the package to a fixed version and build the image anew.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3, SSDF-RV.2.2]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_days_since_fix, trusted_vex_authors, trusted_vex_signers]
deny contains reason if {
	some index, vulnerability in input.scan.vulnerabilities
	limit := data.parameters.max_days_since_fix[vulnerability.severity]
	findings.fixable(vulnerability, "any")
	not within(vulnerability, limit)
	reasons.stands(vulnerability)
	reason := reasons.about(index, vulnerability, sprintf("%s; the limit is %v days", [told(vulnerability), limit]))
}

told(vulnerability) := sprintf("has had a fix for %v days", [ages.days(vulnerability.fixed_at_ns)]) if {
	is_number(vulnerability.fixed_at_ns)
} else := sprintf("has a fix, nobody says since when, and was published %v days ago", [ages.days(vulnerability.published_at_ns)]) if {
	is_number(vulnerability.published_at_ns)
} else := "has a fix, nobody says since when"

within(vulnerability, limit) if {
	is_number(vulnerability.fixed_at_ns)
	ages.days(vulnerability.fixed_at_ns) <= limit
}

within(vulnerability, limit) if {
	vulnerability.fixed_at_ns == null
	is_number(vulnerability.published_at_ns)
	ages.days(vulnerability.published_at_ns) <= limit
}
