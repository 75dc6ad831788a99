package policyengine.sbom.schema

# METADATA
# title: The SBOM fits its schema
# description: What does not fit the schema of its format may be read otherwise by the next tool.
# custom:
#   id: sbom.schema
#   severity: low
#   remediation: Make the SBOM with another version of the tool, or correct it.
#   controls: [SSDF-PS.3.2]
#   collections: [production, supply-chain]
warn contains reason if {
	some index, document in input.sbom.documents
	is_string(document.schema_problem)
	reason := {
		"msg": sprintf("the SBOM %v (%s) does not fit its schema: %s", [index, document.format, document.schema_problem]),
		"paths": [["sbom", "documents", index, "schema_problem"]],
	}
}
