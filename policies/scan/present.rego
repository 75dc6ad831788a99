package policyengine.scan.present

import data.policyengine.lib.references

# METADATA
# title: The image was scanned
# description: An image that nobody looked at has no known vulnerabilities, and that says nothing.
# custom:
#   id: scan.present
#   severity: high
#   remediation: Scan the image, and give the report with --scan.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1, SSDF-RV.1.1]
#   collections: [cis-docker, nist-800-190, production]
#   evidence:
#     optional: [scan]
deny contains reason if {
	not scanned
	not references.dockerfile_alone
	reason := {
		"msg": "there is no scan report of the image",
		"paths": [["scan", "reports"]],
	}
}

scanned if count(input.scan.reports) > 0
