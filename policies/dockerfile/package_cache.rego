package policyengine.dockerfile.package_cache

import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile leaves no package lists
# description: What apt-get keeps is of no use to the container.
# custom:
#   id: dockerfile.package_cache
#   severity: low
#   remediation: Remove /var/lib/apt/lists in the same RUN, or mount a cache there.
#   controls: [CIS-Docker-4.3, OWASP-Docker-D04]
#   collections: [cis-docker, dockerfile, production]
#   evidence:
#     optional: [dockerfile]
warn contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"RUN"}
	regex.match(`apt(-get)?\s+(-\S+\s+)*install`, found.text)
	not cleaned(found)
	reason := {
		"msg": concat(" ", [dockerfiles.described(found), "leaves the lists of apt"]),
		"line": found.line,
		"paths": [found.path],
	}
}

cleaned(found) if regex.match(`rm\s+-\S+\s+[^;&|]*/var/lib/apt/lists|--mount=type=(cache|tmpfs)`, found.text)
