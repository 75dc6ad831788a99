package policyengine.dockerfile.secrets

import data.policyengine.lib.secrets as forms

# METADATA
# title: No secrets in ARG and ENV
# description: |
#   Build arguments and variables stay in the image and its history. A variable counts as a secret
#   by its name or by the form of its value; an ARG without a default whose name is secret is a
#   secret to be.
# custom:
#   id: dockerfile.secrets
#   severity: critical
#   remediation: Use RUN --mount=type=secret, and revoke the secret that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   parameters: [known_not_secret]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some stage, built in input.dockerfile.stages
	some index, item in built.instructions
	item.instruction in {"ARG", "ENV", "LABEL"}
	some variable in item.variables
	secret(item, variable)
	name := variable.name
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("line %v: %s %s holds a secret", [item.line, item.instruction, variable.name]),
		"line": item.line,
		"variable": variable.name,
		"paths": [["dockerfile", "stages", stage, "instructions", index]],
	}
}

secret(_, variable) if {
	is_string(variable.written)
	forms.named_secret(variable.name, variable.written)
}

secret(item, variable) if {
	item.instruction == "ARG"
	variable.written == null
	name := variable.name
	forms.secret_name(name)
	not points_elsewhere(name)
}

points_elsewhere(name) if forms.file_pointer(name)
