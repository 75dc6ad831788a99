package policyengine.scan.required_scanners

# METADATA
# title: All required scanners looked
# description: |
#   The parameter required_scanners lists scanners of which each must have looked for
#   vulnerabilities.
# custom:
#   id: scan.required_scanners
#   severity: medium
#   remediation: Scan the image with the scanner too, and give its report.
#   controls: [NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [nist-800-190, production]
#   parameters: [required_scanners]
deny contains reason if {
	some name in data.parameters.required_scanners
	not looked(name)
	reason := {
		"msg": sprintf("%s did not look for vulnerabilities in the image", [name]),
		"scanner": name,
		"paths": [["scan", "reports"]],
	}
}

looked(name) if {
	some report in input.scan.reports
	report.scanner == name
	report.covers_vulnerabilities == true
}
