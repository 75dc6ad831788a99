package policyengine.dockerfile.privileged_ports

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile exposes no privileged ports
# description: |
#   Ports below 1024 need a privilege to listen on. The parameter allowed_privileged_ports lists
#   those that are accepted, port by port: a range that begins below 1024 is not. A variable is what
#   it is by default; one without a default is judged in the image.
# custom:
#   id: dockerfile.privileged_ports
#   severity: medium
#   remediation: Listen on a port from 1024 on, and map it where the container is run.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [dockerfile, nist-800-190, production]
#   parameters: [allowed_privileged_ports]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"EXPOSE"}
	some text in found.texts
	some word in regex.find_n(`\S+`, text, -1)
	regex.match(`^[0-9]{1,5}(-[0-9]{1,5})?(/\S*)?$`, word)
	ends := [number(end) | some end in split(split(word, "/")[0], "-")]
	min(ends) < 1024
	not accepted(ends)
	reason := dockerfiles.reason(found, sprintf("exposes the privileged port %s", [word]))
}

number(digits) := to_number(trim_left(digits, "0")) if {
	regex.match(`[1-9]`, digits)
} else := 0

accepted(ends) if {
	min(ends) == max(ends)
	min(ends) in data.parameters.allowed_privileged_ports
}

# That port has a rule of its own.
accepted(ends) if {
	min(ends) == 22
	max(ends) == 22
}
