package policyengine.image.secrets_labels

import data.policyengine.lib.secrets

# METADATA
# title: No secrets in labels
# description: Labels are shown by every tool that lists images.
# custom:
#   id: image.secrets_labels
#   severity: critical
#   remediation: Remove the label, and revoke the secret that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [known_not_secret]
deny contains reason if {
	some name, value in input.image.config.Labels
	secrets.named_secret(name, value)
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("the label %s holds a secret", [name]),
		"paths": [["image", "config", "Labels", name]],
	}
}
