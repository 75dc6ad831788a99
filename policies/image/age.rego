package policyengine.image.age

import data.policyengine.lib.ages

# METADATA
# title: The image is not too old
# description: |
#   An old image lacks the fixes made since. The parameter max_image_age_days sets the limit; 0
#   switches the rule off. A date before there were container images (1970, 1980) is what builders
#   write that leave the time out, and too old. No date at all is told by image.creation_date.
# custom:
#   id: image.age
#   severity: medium
#   remediation: Build the image anew, on a current base; give SOURCE_DATE_EPOCH to a builder that leaves the time out.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, OWASP-Docker-D09]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
#   parameters: [max_image_age_days]
deny contains reason if {
	data.parameters.max_image_age_days > 0
	input.image.created_ns != null
	age := ages.days(input.image.created_ns)
	age > data.parameters.max_image_age_days
	reason := {
		"msg": old(input.image.created_ns, age),
		"paths": [["image", "created"]],
	}
}

# METADATA
# title: The image says when it was built
# description: Without a date, or with one in the future, the age cannot be told.
# custom:
#   id: image.creation_date
#   severity: medium
#   remediation: Build with a tool that records the time, and with a clock that is right.
#   controls: [CIS-Docker-4.4, NIST-800-190-4.1.1, OWASP-Docker-D02]
#   collections: [admission, baseline, cis-docker, nist-800-190, production]
#   parameters: [max_image_age_days]
deny contains reason if {
	data.parameters.max_image_age_days > 0
	not dated
	reason := {
		"msg": undated,
		"paths": [["image", "created"]],
	}
}

# 2013, the year of the first of them.
first_images_ns := 1356998400000000000

old(created_ns, age) := sprintf("the image is %v days old; the limit is %v", [age, data.parameters.max_image_age_days]) if {
	created_ns >= first_images_ns
} else := sprintf("the image says that it was built before there were container images, as builders do that leave the time out; the limit is %v days", [data.parameters.max_image_age_days])

default undated := "the image does not say when it was built"

undated := "the image says that it was built at a time to come" if is_number(input.image.created_ns)

dated if {
	created := input.image.created_ns
	created != null
	not ages.in_future(created)
}
