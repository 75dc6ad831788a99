package policyengine.dockerfile.secrets

import data.policyengine.lib.dockerfiles
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
	some found in dockerfiles.all
	item := found.item
	item.instruction in {"ARG", "ENV", "LABEL"}
	some variable in item.variables
	secret(item, variable)
	name := variable.name
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("line %v: %s%s %s holds a secret", [item.line, found.before, item.instruction, variable.name]),
		"line": item.line,
		"variable": variable.name,
		"paths": [found.path],
	}
}

secret(_, variable) if {
	is_string(variable.written)
	forms.named_secret(variable.name, trim(variable.written, `"'`))
}

secret(item, variable) if {
	item.instruction == "ARG"
	variable.written == null
	name := variable.name
	forms.secret_name(name)
	not points_elsewhere(name)
}

points_elsewhere(name) if forms.file_pointer(name)

# METADATA
# title: No secrets in the commands of the Dockerfile
# description: |
#   What RUN, CMD, ENTRYPOINT and HEALTHCHECK say stays in the file, the image and its history: a
#   variable or an option whose name says that it is secret, or a text with the form of a token.
# custom:
#   id: dockerfile.secrets_commands
#   severity: critical
#   remediation: Use RUN --mount=type=secret, or give the secret at run time; revoke the secret that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   parameters: [known_not_secret]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"}
	some name in forms.named_in(found.text)
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("line %v: %s%s holds a secret: %s", [found.line, found.before, found.keyword, name]),
		"line": found.line,
		"variable": name,
		"paths": [found.path],
	}
}
