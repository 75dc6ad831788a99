package policyengine.image.secrets_history

import data.policyengine.lib.secrets

# METADATA
# title: No secrets in the image history
# description: |
#   Build arguments and commands stay in the history of the image, also where a later step removed
#   what they made.
# custom:
#   id: image.secrets_history
#   severity: critical
#   remediation: Use RUN --mount=type=secret, and revoke the secret that was published.
deny contains reason if {
	some index, step in input.image.history
	some pair in secrets.assignments(step.created_by)
	secrets.named_secret(pair[0], pair[1])
	not pair[0] in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("step %v of the image history holds a secret: %s", [index, pair[0]]),
		"paths": [["image", "history", index, "created_by"]],
	}
}

deny contains reason if {
	some index, step in input.image.history
	secrets.secret_value(step.created_by)
	not named(step.created_by)
	reason := {
		"msg": sprintf("step %v of the image history holds a secret", [index]),
		"paths": [["image", "history", index, "created_by"]],
	}
}

named(command) if {
	some pair in secrets.assignments(command)
	secrets.named_secret(pair[0], pair[1])
}
