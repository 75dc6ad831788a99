package policyengine.scan.end_of_life

# METADATA
# title: The distribution is maintained
# description: |
#   A distribution beyond its end of life gets no fixes, and scanners are told of no new
#   vulnerabilities in it.
# custom:
#   id: scan.end_of_life
#   severity: high
#   remediation: Build on a release that is maintained.
#   controls: [CIS-Docker-4.2, CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3, SSDF-RV.2.2]
#   collections: [cis-docker, nist-800-190, production]
deny contains reason if {
	some index, report in input.scan.reports
	report.end_of_life == true
	reason := {
		"msg": sprintf("the distribution is beyond its end of life: %s", [named(report.distribution)]),
		"scanner": report.scanner,
		"paths": [["scan", "reports", index, "distribution"], ["scan", "reports", index, "end_of_life"]],
	}
}

named(distribution) := distribution if is_string(distribution)

named(distribution) := "it is not named" if distribution == null
