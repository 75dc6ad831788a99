package policyengine.image.unsafe_env_test

import data.policyengine.image.unsafe_env

denied(config) := result if {
	result := unsafe_env.deny with input as {"image": {"config": config}}
}

test_a_variable_that_switches_protection_off_is_denied if {
	every variable in [
		"DOCKER_CONTENT_TRUST=0", "GIT_SSL_NO_VERIFY=true", "GIT_SSL_NO_VERIFY=1", "GOINSECURE=*", "GONOSUMDB=a.example",
		"LD_PRELOAD=/x.so", "NODE_TLS_REJECT_UNAUTHORIZED=0", "npm_config_strict_ssl=false",
		"PERL_LWP_SSL_VERIFY_HOSTNAME=0", "PIP_TRUSTED_HOST=a=b", "PYTHONHTTPSVERIFY=0",
	] {
		some reason in denied({"Env": ["PATH=/bin", variable]})
		reason.paths == [["image", "config", "Env", 1]]
		reason.variable == split(variable, "=")[0]
		contains(reason.msg, reason.variable)
	}
}

test_other_variables_are_not_denied if {
	every variable in [
		"PATH=/bin", "NODE_TLS_REJECT_UNAUTHORIZED=1", "PYTHONHTTPSVERIFY=1", "LD_PRELOAD=", "GOINSECURE=",
		"DOCKER_CONTENT_TRUST=1", "GIT_SSL_NO_VERIFY=false", "PIP_TRUSTED_HOST=", "GONOSUMDB=", "X",
		"PERL_LWP_SSL_VERIFY_HOSTNAME=1", "NPM_CONFIG_STRICT_SSL=true",
	] {
		denied({"Env": [variable]}) == set()
	}
}

test_without_the_image_nothing_is_said if count(unsafe_env.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	unsafe_env.deny == {{"msg": "the environment variable GOINSECURE switches protection off", "paths": [["image", "config", "Env", 1]], "variable": "GOINSECURE"}} with input as {"image": {"config": {"Env": ["PATH=/bin", "GOINSECURE=*"]}}}
}
