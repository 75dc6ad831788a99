package policyengine.image.required_labels

# METADATA
# title: The image has the required labels
# description: |
#   The parameter required_labels lists names of labels; each must be there and not blank.
# custom:
#   id: image.required_labels
#   severity: low
#   remediation: Add the label, as in LABEL org.opencontainers.image.source=https://git.example.com/shop/web.
#   controls: [SSDF-PS.3.2, NIST-800-190-4.1.5]
#   collections: [nist-800-190, production, supply-chain]
#   parameters: [required_labels]
deny contains reason if {
	some name in data.parameters.required_labels
	not labelled(name)
	reason := {
		"msg": sprintf("the label %s is missing or blank", [name]),
		"label": name,
		"paths": [["image", "config", "Labels"]],
	}
}

labelled(name) if trim_space(input.image.config.Labels[name]) != ""
