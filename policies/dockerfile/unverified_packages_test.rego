package policyengine.dockerfile.unverified_packages_test

import data.policyengine.dockerfile.unverified_packages

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := unverified_packages.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text, option in {
		"RUN apt-get install --allow-unauthenticated x": "--allow-unauthenticated",
		`RUN ["apk", "add", "--allow-untrusted", "x"]`: "--allow-untrusted",
	} {
		denied(text) == {{
			"msg": sprintf("line 7 (%s) installs packages without verifying them: %s", [text, option]),
			"line": 7,
			"paths": [["dockerfile", "stages", 0, "instructions", 0]],
		}}
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN apt-get install x", "COPY --allow-untrusted x y"] {
		denied(text) == set()
	}
}

test_what_is_triggered_is_denied_too if {
	item := {"instruction": "ONBUILD", "original": "ONBUILD x", "line": 7, "trigger": {"instruction": "RUN", "original": "RUN apt-get install --allow-unauthenticated x", "line": 7}}
	some reason in unverified_packages.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
	reason.msg == "line 7 (ONBUILD RUN apt-get install --allow-unauthenticated x) installs packages without verifying them: --allow-unauthenticated"
}

test_without_a_dockerfile_nothing_is_said if count(unverified_packages.deny) == 0 with input as {}
