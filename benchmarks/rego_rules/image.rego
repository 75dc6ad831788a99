# METADATA
# title: The image rules that every engine is measured on
package docker.image

deny contains "the image runs as root" if input.image.config.User in {"", "0", "root"}

deny contains "the image has no health check" if not input.image.config.Healthcheck

deny contains "the tag is latest" if endswith(input.reference, ":latest")

deny contains msg if {
	some registry in {split(input.reference, "/")[0]}
	not registry in data.parameters.registries
	msg := sprintf("the registry %s is not allowed", [registry])
}

deny contains msg if {
	some variable in input.image.config.Env
	parts := split(variable, "=")
	regex.match(`(?i)(secret|token|passw(or)?d|api[_-]?key)`, parts[0])
	parts[1] != ""
	msg := sprintf("the variable %s holds a secret", [parts[0]])
}

deny contains msg if {
	some key, _ in input.image.config.ExposedPorts
	port := to_number(split(key, "/")[0])
	port < 1024
	not port in data.parameters.ports
	msg := sprintf("port %d is privileged", [port])
}

deny contains msg if {
	some vulnerability in input.vulnerabilities
	data.parameters.ranks[vulnerability.severity] >= data.parameters.ranks[data.parameters.severity]
	count(vulnerability.fixed_versions) > 0
	not excepted(vulnerability.id)
	msg := sprintf("%s (%s) in %s is fixed in %s", [
		vulnerability.id,
		vulnerability.severity,
		vulnerability.package.name,
		vulnerability.fixed_versions[0],
	])
}

deny contains msg if {
	some vulnerability in input.vulnerabilities
	vulnerability.severity == "critical"
	count(vulnerability.fixed_versions) == 0
	not excepted(vulnerability.id)
	msg := sprintf("%s in %s has no fix", [vulnerability.id, vulnerability.package.name])
}

deny contains msg if {
	some vulnerability in input.vulnerabilities
	startswith(vulnerability.package.name, data.parameters.forbidden_prefix)
	msg := sprintf("the package %s is forbidden", [vulnerability.package.name])
}

excepted(id) if {
	some exception in data.parameters.exceptions
	exception.id == id
	exception.until > input.evaluated_at
}
