package policyengine.scan.licenses_test

import data.policyengine.scan.licenses

denied(holder, threshold) := result if {
	found := object.union({"license": "AGPL-3.0", "severity": "high"}, holder)
	result := licenses.deny with input as {"scan": {"licenses": [found]}}
		with data.parameters as {"license_severity": threshold}
}

test_a_severe_licence_is_denied if {
	denied({"package": {"name": "a"}, "path": "/a"}, "high") == {{
		"msg": "the licence AGPL-3.0 is rated high in a",
		"severity": "high",
		"license": "AGPL-3.0",
		"path": "/a",
		"paths": [["scan", "licenses", 0]],
	}}
	{reason.msg | some reason in denied({"package": {"name": "a"}, "path": null}, "high")} == {"the licence AGPL-3.0 is rated high in a"}
	some file in denied({"package": null, "path": "/b"}, "low")
	file.msg == "the licence AGPL-3.0 is rated high in /b"
	some unknown in denied({"package": null, "path": null}, "low")
	unknown.msg == "the licence AGPL-3.0 is rated high in a file"
}

test_a_milder_licence_is_not_denied if denied({"package": {"name": "a"}, "path": null}, "critical") == set()

test_off_switches_it_off if denied({"package": {"name": "a"}, "path": null}, "off") == set()

test_without_a_scan_nothing_is_said if {
	licenses.deny == set() with input as {} with data.parameters as {"license_severity": "low"}
}
