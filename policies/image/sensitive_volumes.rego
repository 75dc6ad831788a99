package policyengine.image.sensitive_volumes

# METADATA
# title: No volumes over system directories
# description: |
#   A volume is made anew for each container, and can be swapped under the files that the system
#   runs.
# custom:
#   id: image.sensitive_volumes
#   severity: medium
#   remediation: Declare volumes for the data of the application only.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	some path, _ in input.image.config.Volumes
	trim_right(path, "/") in sensitive
	reason := {
		"msg": sprintf("the image declares a volume over %s", [path]),
		"path": path,
		"paths": [["image", "config", "Volumes", path]],
	}
}

sensitive := {
	"", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/run/docker.sock", "/sbin",
	"/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/sbin", "/var/run", "/var/run/docker.sock",
}
