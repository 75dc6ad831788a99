package policyengine.dockerfile.pinned_base_test

import data.policyengine.dockerfile.pinned_base

denied(base) := result if {
	plain := {"is_stage": false, "is_scratch": false, "digest": null, "tag": null, "written": "python"}
	stage := {"base": object.union(plain, base), "line": 3}
	result := pinned_base.deny with input as {"dockerfile": {"stages": [stage]}}
}

test_a_base_without_a_digest_is_denied if {
	denied({}) == {{
		"msg": "line 3 builds on python without a digest",
		"line": 3,
		"paths": [["dockerfile", "stages", 0, "base"]],
	}}
}

test_other_bases_are_not_denied if {
	denied({"digest": "sha256:0"}) == set()
	denied({"is_stage": true}) == set()
	denied({"is_scratch": true}) == set()
}

test_without_a_dockerfile_nothing_is_said if count(pinned_base.deny) == 0 with input as {}
