package policyengine.layers.setuid

# METADATA
# title: No files run as their owner or group
# description: |
#   A setuid or setgid program gives whoever starts it the rights of its owner or group. The parameter
#   allowed_setuid_files lists patterns of paths that may be so. Needs the layers (--layers).
# custom:
#   id: layers.setuid
#   severity: medium
#   remediation: Remove the permission in the step that installs the file, as in RUN chmod a-s /usr/bin/su, or the package.
#   controls: [CIS-Docker-4.8, NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D01, OWASP-Docker-D04]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [allowed_setuid_files]
#   evidence:
#     optional: [layers]
deny contains reason if {
	some kind in ["setuid", "setgid"]
	some index, file in input.layers[kind]
	file.kind == "file"
	not allowed(file)
	reason := {
		"msg": sprintf("%s is a %s file: its mode is %s", [file.path, kind, file.mode]),
		"path": file.path,
		"layer": file.layer,
		"paths": [["layers", kind, index]],
	}
}

allowed(file) if {
	some pattern in data.parameters.allowed_setuid_files
	glob.match(pattern, ["/"], file.path)
}
