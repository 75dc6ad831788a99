package policyengine.history.package_cache

import data.policyengine.lib.commands
import data.policyengine.lib.steps

# METADATA
# title: No package lists and caches are left
# description: |
#   What the package manager keeps is of no use to the container, and tells others what to attack.
# custom:
#   id: history.package_cache
#   severity: low
#   remediation: Remove the lists in the step that fetched them, or use --no-cache or a cache mount.
#   controls: [CIS-Docker-4.3, OWASP-Docker-D04]
#   collections: [cis-docker, production]
warn contains reason if {
	some step in steps.runs
	commands.leaves_cache(step.scripts, step.text)
	reason := steps.reason(step, "leaves lists or caches of packages")
}
