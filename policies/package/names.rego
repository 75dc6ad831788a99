package policyengine.package.names

import data.policyengine.lib.patterns

# METADATA
# title: No forbidden packages
# description: The parameter forbidden_packages lists patterns of names that may not be in an image.
# custom:
#   id: package.forbidden
#   severity: high
#   remediation: Leave the package out of the image.
#   controls: [CIS-Docker-4.3, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, PCI-DSS-2.2.4]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [forbidden_packages]
deny contains reason if {
	some index, item in input.sbom.packages
	some pattern in data.parameters.forbidden_packages
	patterns.package_matches(pattern, item.name)
	reason := {
		"msg": sprintf("the package %s is forbidden by the pattern %s", [item.name, pattern]),
		"package": item.name,
		"paths": [["sbom", "packages", index, "name"]],
	}
}

# METADATA
# title: No suspicious packages
# description: |
#   Development, debugging and test packages help an attacker more than a service. The parameter
#   suspicious_packages lists patterns of their names.
# custom:
#   id: package.suspicious
#   severity: low
#   remediation: Build in one stage, and copy only what runs into the last.
#   controls: [CIS-Docker-4.3, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, PCI-DSS-2.2.4]
#   collections: [baseline, cis-docker, nist-800-190, production]
#   parameters: [suspicious_packages]
warn contains reason if {
	some index, item in input.sbom.packages
	some pattern in data.parameters.suspicious_packages
	patterns.package_matches(pattern, item.name)
	reason := {
		"msg": sprintf("the package %s does not belong into an image that ships", [item.name]),
		"package": item.name,
		"paths": [["sbom", "packages", index, "name"]],
	}
}
