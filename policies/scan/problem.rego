package policyengine.scan.problem

# METADATA
# title: Scanners could look at everything
# description: What a scanner left out, or could not read, may hold what it looks for.
# custom:
#   id: scan.problem
#   severity: low
#   remediation: Scan again with what the scanner lacked.
#   controls: [NIST-800-190-4.1.1, OWASP-Docker-D02, SSDF-RV.1.1]
#   collections: [nist-800-190, production]
warn contains reason if {
	some index, report in input.scan.reports
	is_string(report.problem)
	reason := {
		"msg": sprintf("%s did not see everything: %s", [report.scanner, report.problem]),
		"scanner": report.scanner,
		"paths": [["scan", "reports", index, "problem"]],
	}
}
