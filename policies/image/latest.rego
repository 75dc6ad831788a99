package policyengine.image.latest

# METADATA
# title: The tag is not latest
# description: |
#   What latest is changes without notice. The parameter no_latest_in lists the environments in
#   which it is refused; "*" means all, also when none is named. No tag at all counts as latest,
#   unless the image was asked for by digest.
# custom:
#   id: image.latest
#   severity: medium
#   remediation: Name a version tag, or a digest.
deny contains reason if {
	forbidden_here
	floating
	reason := {
		"msg": described,
		"paths": [["subject", "reference"], ["subject", "tag"]],
	}
}

forbidden_here if "*" in data.parameters.no_latest_in

forbidden_here if input.environment in data.parameters.no_latest_in

floating if {
	is_string(input.subject.tag)
	lower(input.subject.tag) == "latest"
}

floating if {
	input.subject.tag == null
	not by_digest
}

described := sprintf("the tag is %s", [input.subject.tag]) if input.subject.tag != null

described := "the image has no tag, which means latest" if input.subject.tag == null

by_digest if {
	input.subject.transport in {"registry", "docker-daemon"}
	contains(input.subject.reference, "@sha")
}
