package policyengine.dockerfile.package_cache

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile leaves no package lists and caches
# description: What the package manager keeps is of no use to the container.
# custom:
#   id: dockerfile.package_cache
#   severity: low
#   remediation: Remove the lists in the same RUN (rm -rf /var/lib/apt/lists/*), use --no-cache, or mount a cache there.
#   controls: [CIS-Docker-4.3, OWASP-Docker-D04]
#   collections: [cis-docker, dockerfile, production]
#   evidence:
#     optional: [dockerfile]
warn contains reason if {
	some found in dockerfiles.runs
	commands.leaves_cache(found.scripts, found.text)
	reason := dockerfiles.reason(found, "leaves lists or caches of packages")
}
