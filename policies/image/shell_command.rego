package policyengine.image.shell_command

# METADATA
# title: The process is not started by a shell
# description: |
#   A shell as process 1 does not hand on the signal that stops the container, and expands what it
#   is given.
# custom:
#   id: image.shell_command
#   severity: low
#   remediation: Write ENTRYPOINT and CMD as JSON arrays.
#   controls: [NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
warn contains reason if {
	some key, words in started
	regex.match(`^(\S*/)?(ba|da|a|z|k)?sh$`, words[0])
	words[1] == "-c"
	reason := {
		"msg": sprintf("%s starts the process by a shell", [key]),
		"paths": [["image", "config", key]],
	}
}

# With an entrypoint the command is only its arguments.
started["Entrypoint"] := words if {
	words := input.image.config.Entrypoint
	count(words) > 0
}

started["Cmd"] := input.image.config.Cmd if not has_entrypoint

has_entrypoint if count(input.image.config.Entrypoint) > 0
