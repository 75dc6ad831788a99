package policyengine.sbom.present

# METADATA
# title: There is an SBOM
# description: |
#   Without a list of what is in an image nobody can tell which images a new vulnerability is in.
#   A Dockerfile alone has none yet.
# custom:
#   id: sbom.present
#   severity: medium
#   remediation: Make an SBOM when the image is built, and give it with --sbom.
#   controls: [PCI-DSS-6.3.2, SSDF-PS.3.2]
#   collections: [production, supply-chain]
#   evidence:
#     optional: [sbom]
deny contains reason if {
	is_string(input.image.id)
	not listed
	reason := {
		"msg": "there is no SBOM of the image",
		"paths": [["sbom", "documents"]],
	}
}

listed if count(input.sbom.documents) > 0
