package policyengine.sbom.minimum_elements

# METADATA
# title: The SBOM has the minimum elements
# description: |
#   NTIA names what an SBOM must say at the least. The parameter required_sbom_elements lists what
#   is asked for.
# custom:
#   id: sbom.minimum_elements
#   severity: low
#   remediation: Make the SBOM with a tool that knows the element, or add what it lacks.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [production, supply-chain]
#   parameters: [required_sbom_elements]
deny contains reason if {
	some index, document in input.sbom.documents
	some element in data.parameters.required_sbom_elements
	not has(document, element)
	reason := {
		"msg": sprintf("the SBOM %v (%s) lacks the element %s", [index, document.format, element]),
		"element": element,
		"paths": [["sbom", "documents", index, "quality", "minimum_elements", element]],
	}
}

has(document, element) if document.quality.minimum_elements[element] == true
