package policyengine.dockerfile.update_alone

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile updates package lists only to install
# description: |
#   A step that only updates the lists of packages is cached, and later steps install what is out
#   of date.
# custom:
#   id: dockerfile.update_alone
#   severity: low
#   remediation: Update and install in one RUN.
#   controls: [CIS-Docker-4.7, OWASP-Docker-D02, OWASP-Docker-D09]
#   collections: [cis-docker, dockerfile, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"RUN"}
	regex.match(`apt(-get)?\s+(-\S+\s+)*update`, found.text)
	not used(found)
	reason := {
		"msg": concat(" ", [dockerfiles.described(found), "updates package lists and installs nothing"]),
		"line": found.line,
		"paths": [found.path],
	}
}

used(found) if regex.match(`apt(-get)?\s+(-\S+\s+)*(install|upgrade|dist-upgrade|full-upgrade|build-dep)`, found.text)
