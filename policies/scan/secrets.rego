package policyengine.scan.secrets

# METADATA
# title: Scanners found no secrets in files
# description: A secret in a layer can be read by whoever can pull the image.
# custom:
#   id: scan.secrets
#   severity: critical
#   remediation: Remove the file from the build, and revoke the secret that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
deny contains reason if {
	some index, secret in input.scan.secrets
	reason := {
		"msg": sprintf("%s: %s", [secret.path, secret.title]),
		"severity": secret.severity,
		"secret": secret.title,
		"path": secret.path,
		"paths": [["scan", "secrets", index]],
	}
}

# METADATA
# title: A scanner looked for secrets
# description: That scanners found no secrets says nothing where each report shows that none looked.
# custom:
#   id: scan.secrets_looked_for
#   severity: low
#   remediation: Scan the image with a scanner that looks for secrets, such as trivy image --scanners vuln,secret.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
warn contains reason if {
	count(input.scan.reports) > 0
	looking := [report | some report in input.scan.reports; object.get(report, "covers_secrets", null) != false]
	count(looking) == 0
	reason := {
		"msg": "no scan report is of a scanner that looked for secrets in files",
		"severity": "low",
		"paths": [["scan", "reports"]],
	}
}
