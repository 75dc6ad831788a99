package policyengine.dockerfile.piped_download

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile runs nothing unseen
# description: What is piped from the network into a shell was checked by nobody.
# custom:
#   id: dockerfile.piped_download
#   severity: high
#   remediation: Download to a file, compare its digest, then run it.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"RUN"}
	regex.match(`\b(curl|wget)\s[^;&\n]*\|\s*(sudo\s+(-\S+\s+)*)?(\S*/)?((ba|da|a|z|k)?sh|python[0-9.]*|perl|ruby|node|php)(\s|$)`, found.text)

	reason := {
		"msg": concat(" ", [dockerfiles.described(found), "runs what it downloads"]),
		"line": found.line,
		"paths": [found.path],
	}
}
