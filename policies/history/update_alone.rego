package policyengine.history.update_alone

import data.policyengine.lib.steps

# METADATA
# title: Package lists are not updated alone
# description: |
#   A step that only updates the lists of packages is cached, and later steps then install what is
#   long out of date.
# custom:
#   id: history.update_alone
#   severity: low
#   remediation: Update and install in one RUN.
#   controls: [CIS-Docker-4.7, OWASP-Docker-D02, OWASP-Docker-D09]
#   collections: [cis-docker, production]
deny contains reason if {
	some index, step in input.image.history
	updates_alone(step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "updates package lists and installs nothing"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}

# What updates the lists of each family, and what makes use of them.
families := [
	{"update": `(apt-get|apt|aptitude)\s+(-\S+\s+)*update`, "use": `(apt-get|apt|aptitude)\s+(-\S+\s+)*(install|upgrade|dist-upgrade|full-upgrade|build-dep|download)`},
	{"update": `apk\s+(-\S+\s+)*update`, "use": `apk\s+(-\S+\s+)*(add|upgrade|fetch)`},
	{"update": `(yum|dnf|microdnf)\s+(-\S+\s+)*makecache`, "use": `(yum|dnf|microdnf)\s+(-\S+\s+)*(install|update|upgrade)`},
	{"update": `zypper\s+(-\S+\s+)*(refresh|ref)`, "use": `zypper\s+(-\S+\s+)*(install|in|update|up|patch)`},
]

updates_alone(created_by) if {
	some family in families
	steps.runs(created_by, family.update)
	not uses(family, created_by)
}

uses(family, created_by) if steps.runs(created_by, family.use)
