package policyengine.image.secrets_labels

import data.policyengine.lib.secrets

# METADATA
# title: No secrets in labels
# description: Labels are shown by every tool that lists images.
# custom:
#   id: image.secrets_labels
#   severity: critical
#   remediation: Remove the label, and revoke the secret that was published.
deny contains reason if {
	some name, value in input.image.config.Labels
	secrets.named_secret(name, value)
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("the label %s holds a secret", [name]),
		"paths": [["image", "config", "Labels", name]],
	}
}
