package policyengine.sbom.not_empty

# METADATA
# title: The SBOM names packages
# description: An SBOM without packages is an empty image, or a tool that found nothing.
# custom:
#   id: sbom.not_empty
#   severity: medium
#   remediation: See why the tool found no packages.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [production, supply-chain]
deny contains reason if {
	some index, document in input.sbom.documents
	document.package_count == 0
	reason := {
		"msg": sprintf("the SBOM %v (%s) names no packages", [index, document.format]),
		"paths": [["sbom", "documents", index, "package_count"]],
	}
}
