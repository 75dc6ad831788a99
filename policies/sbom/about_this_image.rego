package policyengine.sbom.about_this_image

# METADATA
# title: The SBOM is about this image
# description: |
#   The parameter accepted_sbom_matches says how it must be known that an SBOM is about the image
#   at hand.
# custom:
#   id: sbom.about_this_image
#   severity: medium
#   remediation: Make the SBOM of the image by its digest.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [production, supply-chain]
#   parameters: [accepted_sbom_matches]
deny contains reason if {
	some index, document in input.sbom.documents
	not accepted(document)
	reason := {
		"msg": sprintf("the SBOM %v (%s) is not known well enough to be about this image: %s", [index, document.format, document.subject_match]),
		"paths": [["sbom", "documents", index, "subject_match"]],
	}
}

accepted(document) if document.subject_match in data.parameters.accepted_sbom_matches
