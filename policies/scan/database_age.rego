package policyengine.scan.database_age

import data.policyengine.lib.ages

# METADATA
# title: The scanner's database is recent
# description: |
#   The parameter max_database_age_days sets the limit; 0 switches the rule off. One report with a
#   recent database is enough; a database without a date counts as old.
# custom:
#   id: scan.database_age
#   severity: medium
#   remediation: Update the database of the scanner, and scan again.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_database_age_days]
deny contains reason if {
	data.parameters.max_database_age_days > 0
	not recent
	reason := {
		"msg": sprintf("no scan report with a database is known to be at most %v days old", [data.parameters.max_database_age_days]),
		"paths": [["scan", "reports"]],
	}
}

recent if {
	some report in input.scan.reports
	report.covers_vulnerabilities == true
	made := report.database_built_at_ns
	is_number(made)
	not ages.in_future(made)
	ages.days(made) <= data.parameters.max_database_age_days
}
