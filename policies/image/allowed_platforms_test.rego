package policyengine.image.allowed_platforms_test

import data.policyengine.image.allowed_platforms

denied(os, architecture, variant, allowed) := result if {
	platform := {"os": os, "architecture": architecture, "variant": variant}
	result := allowed_platforms.deny with input as {"image": {"platform": platform}}
		with data.parameters as {"allowed_platforms": allowed}
}

test_another_platform_is_denied if {
	some reason in denied("linux", "arm64", "v8", ["linux/amd64", "linux/arm64/v7"])
	reason.msg == "the image is for linux/arm64/v8, which is not an allowed platform"
	count(denied("windows", "amd64", null, ["linux/amd64"])) == 1
	count(denied("linux", "arm", null, ["linux/arm/v7"])) == 1
}

test_an_allowed_platform_is_not_denied if {
	denied("linux", "amd64", null, ["linux/amd64"]) == set()
	denied("linux", "arm", "v7", ["linux/arm"]) == set()
	denied("linux", "arm", "v7", ["linux/arm/v7"]) == set()
}

test_an_empty_list_allows_any if denied("plan9", "mips", null, []) == set()

test_without_the_image_nothing_is_said if {
	allowed_platforms.deny == set() with input as {} with data.parameters as {"allowed_platforms": ["linux/amd64"]}
}

test_the_whole_result_of_deny if {
	allowed_platforms.deny == {{"msg": "the image is for linux/arm, which is not an allowed platform", "paths": [["image", "platform"]]}} with input as {"image": {"platform": {"architecture": "arm", "os": "linux", "variant": null}}}
		with data.parameters as {"allowed_platforms": ["linux/arm/v7"]}
}

test_the_whole_result_of_deny_2 if {
	allowed_platforms.deny == {{"msg": "the image is for windows/amd64, which is not an allowed platform", "paths": [["image", "platform"]]}} with input as {"image": {"platform": {"architecture": "amd64", "os": "windows", "variant": null}}}
		with data.parameters as {"allowed_platforms": ["linux/amd64"]}
}
