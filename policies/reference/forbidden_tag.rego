package policyengine.reference.forbidden_tag

import data.policyengine.lib.patterns

# METADATA
# title: The tag is not one of development
# description: |
#   The parameter forbidden_tags lists patterns of tags that move with the development, compared in
#   lower case.
# custom:
#   id: reference.forbidden_tag
#   severity: low
#   remediation: Ask for a released version.
#   controls: [NIST-800-190-4.1.5, OWASP-Docker-D09]
#   collections: [admission, nist-800-190, production]
#   parameters: [forbidden_tags]
deny contains reason if {
	is_string(input.subject.tag)
	some pattern in data.parameters.forbidden_tags
	patterns.package_matches(pattern, input.subject.tag)
	reason := {
		"msg": sprintf("the tag %s is refused by the pattern %s", [input.subject.tag, pattern]),
		"paths": [["subject", "reference"], ["subject", "tag"]],
	}
}
