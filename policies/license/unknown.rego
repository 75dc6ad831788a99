package policyengine.license.unknown

# METADATA
# title: Licences are known
# description: |
#   A package without a licence may not be used by anybody. NOASSERTION and NONE count as none. The
#   parameter max_unlicensed_share sets the share of packages that may be without; 1 switches the
#   rule off.
# custom:
#   id: license.unknown
#   severity: low
#   remediation: Find out the licences, and correct the SBOM.
#   controls: [SSDF-PW.4.1]
#   collections: [production, supply-chain]
#   parameters: [max_unlicensed_share]
deny contains reason if {
	data.parameters.max_unlicensed_share < 1
	all := count(input.sbom.packages)
	found := [item.name | some item in input.sbom.packages; not licensed(item)]
	count(found) > all * data.parameters.max_unlicensed_share
	reason := {
		"msg": sprintf("%v of %v packages are without a licence, among them %s", [count(found), all, min(found)]),
		"package": min(found),
		"paths": [["sbom", "packages"]],
	}
}

licensed(item) if {
	some license in item.licenses
	not blank(license)
}

blank(license) if license.value in {"NOASSERTION", "NONE", ""}
