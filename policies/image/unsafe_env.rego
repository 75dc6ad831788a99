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
	regex.match(unsafe[upper(name)], lower(value))
	reason := {
		"msg": sprintf("the environment variable %s switches protection off", [name]),
		"variable": name,
		"paths": [["image", "config", "Env", index]],
	}
}

# Names in upper case, as some programs read them in any; patterns of values in lower case.
unsafe := {
	"DOCKER_CONTENT_TRUST": `^(0|false)$`,
	"GIT_SSL_NO_VERIFY": `^(1|true|yes|on)$`,
	"GOINSECURE": `.`,
	"GONOSUMDB": `.`,
	"LD_PRELOAD": `.`,
	"NODE_TLS_REJECT_UNAUTHORIZED": `^0$`,
	"NPM_CONFIG_STRICT_SSL": `^(false|0)$`,
	"PERL_LWP_SSL_VERIFY_HOSTNAME": `^0$`,
	"PIP_TRUSTED_HOST": `.`,
	"PYTHONHTTPSVERIFY": `^0$`,
}
