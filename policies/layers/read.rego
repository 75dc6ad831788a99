package policyengine.layers.read

# METADATA
# title: The layers were looked into
# description: |
#   Without the layers nobody looked for setuid files, files that everybody may write and credentials,
#   and none found does not mean that there are none.
# custom:
#   id: layers.read
#   severity: low
#   remediation: Check with --layers.
#   controls: [CIS-Docker-4.8, NIST-800-190-4.1.2, NIST-800-190-4.1.4]
#   collections: [cis-docker, nist-800-190, production]
#   evidence:
#     optional: [layers]
warn contains reason if {
	input.image
	not read
	reason := {
		"msg": "the layers were not read: nobody looked for setuid files, world-writable files and credentials in them",
		"paths": [["evidence", "layers", "status"]],
	}
}

read if is_array(input.layers.layers)
