package policyengine.image.secrets_env

import data.policyengine.lib.secrets

# METADATA
# title: No secrets in environment variables
# description: |
#   Whoever can pull the image can read its environment. A variable counts as a secret by its name
#   or by the form of its value.
# custom:
#   id: image.secrets_env
#   severity: critical
#   remediation: Give the secret at run time, and revoke the one that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
#   parameters: [known_not_secret]
deny contains reason if {
	some index, variable in input.image.config.Env
	contains(variable, "=")
	name := split(variable, "=")[0]
	value := trim_prefix(variable, concat("", [name, "="]))
	secrets.named_secret(name, value)
	not name in data.parameters.known_not_secret
	reason := {
		"msg": sprintf("the environment variable %s holds a secret", [name]),
		"paths": [["image", "config", "Env", index]],
	}
}
