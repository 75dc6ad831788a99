package policyengine.scan.total

# METADATA
# title: The image has not too many vulnerabilities
# description: |
#   The parameter max_vulnerabilities gives severities, and for each the number that an image may
#   have.
# custom:
#   id: scan.total
#   severity: medium
#   remediation: Update packages, or leave out those that are not needed.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.1]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_vulnerabilities]
deny contains reason if {
	some severity, limit in data.parameters.max_vulnerabilities
	found := [item.id | some item in input.scan.vulnerabilities; item.severity == severity]
	count(found) > limit
	reason := {
		"msg": sprintf("the image has %v vulnerabilities of severity %s; the limit is %v", [count(found), severity, limit]),
		"severity": severity,
		"paths": [["scan", "vulnerabilities"]],
	}
}
