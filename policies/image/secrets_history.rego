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
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [known_not_secret]
deny contains reason if {
	some index, step in input.image.history
	some pair in secrets.assignments(step.created_by)
	name := pair[0]
	secrets.named_secret(name, pair[1])
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("step %v of the image history holds a secret: %s", [index, name]),
		"paths": [["image", "history", index, "created_by"]],
	}
}

# METADATA
# title: No tokens in the image history
# description: As the rule before, for a token that stands in a command without a name.
# custom:
#   id: image.tokens_history
#   severity: critical
#   remediation: Use RUN --mount=type=secret, and revoke the token that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [baseline, cis-docker, nist-800-190, production]
deny contains reason if {
	some index, step in input.image.history
	command := step.created_by
	secrets.secret_value(command)
	not named(command)
	reason := {
		"msg": sprintf("step %v of the image history holds a secret", [index]),
		"paths": [["image", "history", index, "created_by"]],
	}
}

named(command) if {
	some pair in secrets.assignments(command)
	secrets.named_secret(pair[0], pair[1])
}
