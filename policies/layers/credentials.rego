package policyengine.layers.credentials

# METADATA
# title: No credentials in the layers
# description: |
#   Private keys and files with credentials can be read by whoever can pull the image, also where a
#   later layer removes them. The parameter allowed_credential_files lists patterns of paths that are
#   known to hold none that matters. Needs the layers (--layers).
# custom:
#   id: layers.credentials
#   severity: critical
#   remediation: Give the secret to the step with RUN --mount=type=secret, or at run time, and revoke what was published.
#   controls: [CIS-Docker-4.10, NIST-800-190-3.1.4, NIST-800-190-4.1.4, OWASP-Docker-D06, PCI-DSS-8.6.2]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [allowed_credential_files]
#   evidence:
#     optional: [layers]
deny contains reason if {
	some index, file in input.layers.credentials
	not allowed(file)
	reason := {
		"msg": concat("", [file.path, " holds credentials (", file.name, ")", removed(file)]),
		"path": file.path,
		"layer": file.layer,
		"paths": [["layers", "credentials", index]],
	}
}

removed(file) := "" if file.removed_in == null

removed(file) := ", and can be read in its layer though a later one removes it" if file.removed_in != null

allowed(file) if {
	some pattern in data.parameters.allowed_credential_files
	glob.match(pattern, ["/"], file.path)
}
