package policyengine.image.latest

import data.policyengine.lib.references

# METADATA
# title: The tag is not latest
# description: |
#   What latest is changes without notice. The parameter no_latest_in lists the environments in
#   which it is refused; "*" means all, also when none is named. No tag at all counts as latest,
#   unless the image was asked for by digest.
# custom:
#   id: image.latest
#   severity: medium
#   remediation: Name a version tag, or a digest; save an image to a file under its name and tag.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D09]
#   collections: [admission, baseline, nist-800-190, production]
#   parameters: [no_latest_in]
deny contains reason if {
	references.means_here(data.parameters.no_latest_in)
	floating
	reason := {
		"msg": described,
		"paths": [["subject", "reference"], ["subject", "tag"]],
	}
}

floating if {
	is_string(input.subject.tag)
	lower(input.subject.tag) == "latest"
}

floating if {
	input.subject.tag == null
	not references.by_digest
}

described := sprintf("the tag is %s", [input.subject.tag]) if {
	input.subject.tag != null
} else := "the image has no tag, which means latest" if {
	is_string(input.subject.repository)
} else := "the image has neither name nor tag, which means latest"
