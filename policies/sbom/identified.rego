package policyengine.sbom.identified

# METADATA
# title: Packages in the SBOM can be identified
# description: |
#   A package with neither package URL nor CPE is found by no scanner. The parameter
#   min_identified_share sets the share that must have one; 0 switches the rule off.
# custom:
#   id: sbom.identified
#   severity: low
#   remediation: Make the SBOM with a tool that writes package URLs.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [supply-chain]
#   parameters: [min_identified_share]
deny contains reason if {
	data.parameters.min_identified_share > 0
	some index, document in input.sbom.documents
	not identified(document)
	reason := {
		"msg": sprintf("the share of packages of the SBOM %v (%s) that can be identified is %s; the lowest that is accepted is %v", [index, document.format, told(document), data.parameters.min_identified_share]),
		"paths": [["sbom", "documents", index, "quality", "shares", "unique_identifier"]],
	}
}

told(document) := sprintf("%v", [document.quality.shares.unique_identifier]) if {
	is_number(document.quality.shares.unique_identifier)
} else := "not known"

identified(document) if {
	share := document.quality.shares.unique_identifier
	is_number(share)
	share >= data.parameters.min_identified_share
}
