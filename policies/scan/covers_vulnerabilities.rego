package policyengine.scan.covers_vulnerabilities

# METADATA
# title: Vulnerabilities were looked for everywhere
# description: |
#   A report that looked for something else, or in a part of the image only, names no
#   vulnerabilities of the rest.
# custom:
#   id: scan.covers_vulnerabilities
#   severity: high
#   remediation: Scan the whole image for vulnerabilities.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [cis-docker, nist-800-190, production]
deny contains reason if {
	input.scan.reports
	not covered
	reason := {
		"msg": "no report looked for vulnerabilities everywhere in the image",
		"paths": [["scan", "reports"]],
	}
}

covered if {
	some report in input.scan.reports
	report.covers_vulnerabilities == true
}
