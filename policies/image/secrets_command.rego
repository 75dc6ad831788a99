package policyengine.image.secrets_command

import data.policyengine.lib.secrets

# METADATA
# title: No secrets in the command
# description: |
#   What a container is started with can be read in the image, and by every process beside it; so can
#   the triggers for images that are built on it.
# custom:
#   id: image.secrets_command
#   severity: critical
#   remediation: Give the secret at run time, and revoke the one that was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [admission, cis-docker, nist-800-190, production]
#   parameters: [known_not_secret]
deny contains reason if {
	some key, text in commands
	some name in secrets.named_in(text)
	not name in data.parameters.known_not_secret
	reason := {
		"msg": concat("", [place(key), " holds a secret: ", name]),
		"paths": [array.concat(["image", "config"], key)],
	}
}

commands[["Entrypoint"]] := concat(" ", input.image.config.Entrypoint)

commands[["Cmd"]] := concat(" ", input.image.config.Cmd)

commands[["Healthcheck", "Test"]] := concat(" ", input.image.config.Healthcheck.Test)

commands[["OnBuild", index]] := trigger if some index, trigger in input.image.config.OnBuild

place(key) := concat("/", [sprintf("%v", [part]) | some part in key])
