package policyengine.scan.age

import data.policyengine.lib.ages

# METADATA
# title: The scan is recent
# description: |
#   A scan knows what was known on its day. The parameter max_scan_age_days sets the limit; 0
#   switches the rule off. One recent report that looked for vulnerabilities is enough; one without
#   a date counts as old.
# custom:
#   id: scan.age
#   severity: medium
#   remediation: Scan the image again.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_scan_age_days]
deny contains reason if {
	data.parameters.max_scan_age_days > 0
	not recent
	reason := {
		"msg": sprintf("no scan report is known to be at most %v days old", [data.parameters.max_scan_age_days]),
		"paths": [["scan", "reports"]],
	}
}

recent if {
	some report in input.scan.reports
	report.covers_vulnerabilities == true
	made := report.finished_at_ns
	is_number(made)
	not ages.in_future(made)
	ages.days(made) <= data.parameters.max_scan_age_days
}
