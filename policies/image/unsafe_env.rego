package policyengine.image.unsafe_env

# METADATA
# title: No variables that switch protection off
# description: |
#   Some environment variables make every program of a kind trust any server, or load foreign code.
# custom:
#   id: image.unsafe_env
#   severity: high
#   remediation: Remove the variable, and give the image the certificate authorities that it needs.
#   controls: [NIST-800-190-3.1.2, NIST-800-190-4.1.2, OWASP-Docker-D04, SSDF-PW.9.1]
#   collections: [nist-800-190, production]
deny contains reason if {
	some index, variable in input.image.config.Env
	name := split(variable, "=")[0]
	value := trim_prefix(variable, concat("", [name, "="]))
	regex.match(unsafe[lower(name)], lower(value))
	reason := {
		"msg": sprintf("the environment variable %s switches protection off", [name]),
		"variable": name,
		"paths": [["image", "config", "Env", index]],
	}
}

# Names and values in lower case: some programs read them in any.
unsafe := {
	"docker_content_trust": `^(0|false)$`,
	"git_ssl_no_verify": `^(1|true|yes|on)$`,
	"goinsecure": `.`,
	"gonosumdb": `.`,
	"ld_preload": `.`,
	"node_tls_reject_unauthorized": `^0$`,
	"npm_config_strict_ssl": `^(false|0)$`,
	"perl_lwp_ssl_verify_hostname": `^0$`,
	"pip_trusted_host": `.`,
	"pythonhttpsverify": `^0$`,
}
