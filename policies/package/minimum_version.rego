package policyengine.package.minimum_version

import data.policyengine.lib.versions

# METADATA
# title: Packages are not older than they may be
# description: |
#   The parameter minimum_versions gives names of packages and the lowest version of each. Versions
#   are compared by the numbers that they begin with; a version without numbers counts as too old.
# custom:
#   id: package.minimum_version
#   severity: high
#   remediation: Update the package and build the image anew.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, PCI-DSS-6.3.3]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [minimum_versions]
deny contains reason if {
	some index, item in input.sbom.packages
	least := data.parameters.minimum_versions[item.name]
	not recent_enough(item, least)
	reason := {
		"msg": sprintf("the package %s is older than %s: its version is %s", [item.name, least, shown(item.version)]),
		"package": item.name,
		"version": item.version,
		"path": item.path,
		"paths": [["sbom", "packages", index, "version"]],
	}
}

recent_enough(item, least) if versions.at_least(item.version, least)

shown(version) := version if is_string(version)

shown(version) := "not known" if version == null
