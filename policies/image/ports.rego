package policyengine.image.ports

# METADATA
# title: No SSH port is exposed
# description: A container is entered through its runtime; a login of its own is one more to guard.
# custom:
#   id: image.ssh_port
#   severity: high
#   remediation: Remove the SSH server and its EXPOSE; use docker exec or kubectl exec.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, PCI-DSS-2.2.4]
#   collections: [admission, baseline, nist-800-190, production]
deny contains reason if {
	some key, _ in input.image.config.ExposedPorts
	exposes(key, 22)
	reason := {
		"msg": sprintf("the image exposes port 22: %s", [key]),
		"paths": [["image", "config", "ExposedPorts", key]],
	}
}

# METADATA
# title: No privileged ports are exposed
# description: |
#   Ports below 1024 need a privilege to listen on. The parameter allowed_privileged_ports lists
#   those that are accepted.
# custom:
#   id: image.privileged_ports
#   severity: medium
#   remediation: Listen on a port from 1024 on, and map it where the container is run.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [admission, baseline, nist-800-190, production]
#   parameters: [allowed_privileged_ports]
deny contains reason if {
	some key, _ in input.image.config.ExposedPorts
	bounds := range(key)
	bounds[0] < 1024
	not accepted(bounds)
	reason := {
		"msg": sprintf("the image exposes a privileged port: %s", [key]),
		"paths": [["image", "config", "ExposedPorts", key]],
	}
}

# METADATA
# title: Exposed ports can be read
# description: A key that is no port could hide one.
# custom:
#   id: image.unreadable_ports
#   severity: low
#   remediation: Write EXPOSE with a number, or a range of numbers.
#   controls: [NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [admission, baseline, nist-800-190, production]
deny contains reason if {
	some key, _ in input.image.config.ExposedPorts
	not range(key)
	reason := {
		"msg": sprintf("%s is not a port", [key]),
		"paths": [["image", "config", "ExposedPorts", key]],
	}
}

# A range is accepted port by port only: what is open is to be named.
accepted(bounds) if {
	bounds[0] == bounds[1]
	bounds[0] in data.parameters.allowed_privileged_ports
}

# That port has a rule of its own.
accepted(bounds) if bounds == [22, 22]

exposes(key, port) if {
	bounds := range(key)
	bounds[0] <= port
	port <= bounds[1]
}

range(key) := [to_number(ends[0]), to_number(ends[count(ends) - 1])] if {
	regex.match(`^[0-9]{1,5}(-[0-9]{1,5})?(/[a-z]+)?$`, key)
	ends := split(split(key, "/")[0], "-")
	to_number(ends[0]) <= to_number(ends[count(ends) - 1])
}
