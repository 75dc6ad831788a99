package policyengine.layers.world_writable

# METADATA
# title: No files in the layers are writable for everybody
# description: |
#   A file that everybody may change is changed by the first process that is broken into. Directories
#   with the sticky bit, such as /tmp, are meant to be so. Needs the layers (--layers).
# custom:
#   id: layers.world_writable
#   severity: medium
#   remediation: Give the file to the user who needs it, and write no mode that ends in 2, 3, 6 or 7.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
#   parameters: [allowed_writable_files]
#   evidence:
#     optional: [layers]
deny contains reason if {
	some index, file in input.layers.world_writable
	file.kind in {"file", "directory"}
	not allowed(file)
	reason := {
		"msg": sprintf("everybody may write the %s %s: its mode is %s", [file.kind, file.path, file.mode]),
		"path": file.path,
		"layer": file.layer,
		"paths": [["layers", "world_writable", index]],
	}
}

allowed(file) if {
	some pattern in data.parameters.allowed_writable_files
	glob.match(pattern, ["/"], file.path)
}
