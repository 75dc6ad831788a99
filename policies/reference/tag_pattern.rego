package policyengine.reference.tag_pattern

import data.policyengine.lib.references

# METADATA
# title: The tag has the agreed form
# description: |
#   The parameter tag_patterns lists regular expressions of which a tag must match one; empty means
#   any. An image without a tag must be asked for by digest.
# custom:
#   id: reference.tag_pattern
#   severity: low
#   remediation: Tag the image as agreed, or ask for it by digest.
#   controls: [NIST-800-190-4.1.5, OWASP-Docker-D09]
#   collections: [admission, nist-800-190, production]
#   parameters: [tag_patterns]
deny contains reason if {
	count(data.parameters.tag_patterns) > 0
	not fits
	reason := {
		"msg": sprintf("the tag does not have the agreed form: %s", [shown]),
		"paths": [["subject", "reference"], ["subject", "tag"]],
	}
}

fits if {
	is_string(input.subject.tag)
	some pattern in data.parameters.tag_patterns
	regex.match(pattern, input.subject.tag)
}

fits if {
	input.subject.tag == null
	references.by_digest
}

default shown := "there is none"

shown := tag if {
	tag := input.subject.tag
	is_string(tag)
}
