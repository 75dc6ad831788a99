package policyengine.package.limit

# METADATA
# title: The image has not too many packages
# description: |
#   What is not there cannot be attacked. The parameter max_packages sets the limit; 0 switches the
#   rule off.
# custom:
#   id: package.limit
#   severity: low
#   remediation: Build on a smaller base, and copy only what runs into the last stage.
#   controls: [CIS-Docker-4.3, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, PCI-DSS-2.2.4]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [max_packages]
deny contains reason if {
	data.parameters.max_packages > 0
	found := count(input.sbom.packages)
	found > data.parameters.max_packages
	reason := {
		"msg": sprintf("the image has %v packages; the limit is %v", [found, data.parameters.max_packages]),
		"paths": [["sbom", "packages"]],
	}
}
