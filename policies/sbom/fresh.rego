package policyengine.sbom.fresh

import data.policyengine.lib.ages

# METADATA
# title: The SBOM is recent
# description: |
#   The parameter max_sbom_age_days sets the limit for each SBOM; 0 switches the rule off. One
#   without a date counts as old.
# custom:
#   id: sbom.fresh
#   severity: low
#   remediation: Make the SBOM anew, best with the image.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [production, supply-chain]
#   parameters: [max_sbom_age_days]
deny contains reason if {
	data.parameters.max_sbom_age_days > 0
	some index, document in input.sbom.documents
	not recent(document)
	reason := {
		"msg": sprintf("the SBOM %v (%s) %s; the limit is %v days", [index, document.format, told(document), data.parameters.max_sbom_age_days]),
		"paths": [["sbom", "documents", index, "created"]],
	}
}

told(document) := "says that it was made at a time to come" if {
	is_number(document.created_ns)
	ages.in_future(document.created_ns)
} else := sprintf("is %v days old", [ages.days(document.created_ns)]) if {
	is_number(document.created_ns)
} else := "does not say on which day it was made"

recent(document) if {
	made := document.created_ns
	is_number(made)
	not ages.in_future(made)
	ages.days(made) <= data.parameters.max_sbom_age_days
}
