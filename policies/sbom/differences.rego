package policyengine.sbom.differences

# METADATA
# title: SBOMs agree
# description: |
#   Where several SBOMs list different packages or versions, one of them is wrong, or about
#   something else.
# custom:
#   id: sbom.differences
#   severity: low
#   remediation: Make the SBOMs of the same image, and see what a tool does not find.
#   controls: [SSDF-PS.3.2]
#   collections: [supply-chain]
warn contains reason if {
	some kind, path in {"packages that only some list": "only_in_some", "packages in different versions": "versions"}
	found := count(input.sbom.differences[path])
	found > 0
	reason := {
		"msg": sprintf("the SBOMs have %v %s", [found, kind]),
		"paths": [["sbom", "differences", path]],
	}
}
