package policyengine.history.package_cache

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
	some index, step in input.image.history
	leaves_cache(step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "leaves lists or caches of packages"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}

families := [
	{"install": `(apt-get|apt)\s+(-\S+\s+)*install`, "clean": `rm\s+-\S+\s+[^;&|]*/var/lib/apt/lists|--mount=type=(cache|tmpfs)`},
	{"install": `apk\s+(-\S+\s+)*add`, "clean": `--no-cache|rm\s+-\S+\s+[^;&|]*/var/cache/apk|--mount=type=(cache|tmpfs)`},
	{"install": `(yum|dnf|microdnf)\s+(-\S+\s+)*install`, "clean": `(yum|dnf|microdnf)\s+(-\S+\s+)*clean\s+all|rm\s+-\S+\s+[^;&|]*/var/cache/(yum|dnf)|--mount=type=(cache|tmpfs)`},
]

leaves_cache(created_by) if {
	some family in families
	steps.runs(created_by, family.install)
	not cleans(family, created_by)
}

cleans(family, created_by) if regex.match(family.clean, created_by)
