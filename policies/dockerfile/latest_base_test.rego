package policyengine.dockerfile.latest_base_test

import data.policyengine.dockerfile.latest_base

denied(base) := result if {
	plain := {"is_stage": false, "is_scratch": false, "digest": null, "tag": null, "written": "python"}
	stage := {"base": object.union(plain, base), "line": 3}
	result := latest_base.deny with input as {"dockerfile": {"stages": [stage]}}
}

test_latest_is_denied if {
	denied({"tag": "latest"}) == {{
		"msg": "line 3 builds on python, which is latest",
		"line": 3,
		"paths": [["dockerfile", "stages", 0, "base"]],
	}}
	count(denied({})) == 1
}

test_a_version_or_a_digest_is_not_denied if {
	denied({"tag": "3.13"}) == set()
	denied({"tag": "latest", "digest": "sha256:0"}) == set()
	denied({"is_stage": true}) == set()
	denied({"is_scratch": true}) == set()
}

test_without_a_dockerfile_nothing_is_said if count(latest_base.deny) == 0 with input as {}
