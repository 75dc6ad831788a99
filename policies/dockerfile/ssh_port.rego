package policyengine.dockerfile.ssh_port

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile exposes no SSH port
# description: A container is entered through its runtime.
# custom:
#   id: dockerfile.ssh_port
#   severity: high
#   remediation: Remove the SSH server and its EXPOSE.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, PCI-DSS-2.2.4]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"EXPOSE"}
	some text in found.texts
	regex.match(`\s0*(22|(1?[0-9]|2[0-2])-0*(2[2-9]|[3-9][0-9]|[1-9][0-9]{2,4}))(/\S+)?(\s|$)`, text)
	reason := dockerfiles.reason(found, "exposes port 22")
}
