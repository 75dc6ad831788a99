package policyengine.package.minimum_version_test

import data.policyengine.package.minimum_version

denied(version) := result if {
	item := {"name": "openssl", "version": version, "path": "/lib"}
	result := minimum_version.deny with input as {"sbom": {"packages": [item]}}
		with data.parameters as {"minimum_versions": {"openssl": "3.0.10", "curl": "8"}}
}

test_an_older_version_is_denied if {
	denied("3.0.9-1") == {{
		"msg": "the package openssl is older than 3.0.10: its version is 3.0.9-1",
		"package": "openssl",
		"version": "3.0.9-1",
		"path": "/lib",
		"paths": [["sbom", "packages", 0, "version"]],
	}}
}

test_an_unknown_version_is_denied if {
	some reason in denied(null)
	endswith(reason.msg, "its version is not known")
}

test_a_version_from_the_lowest_on_is_not_denied if {
	denied("3.0.10") == set()
	denied("3.1") == set()
}

test_another_package_is_not_asked if {
	minimum_version.deny == set() with input as {"sbom": {"packages": [{"name": "x", "version": "1", "path": null}]}}
		with data.parameters as {"minimum_versions": {"openssl": "3"}}
}

test_without_an_sbom_nothing_is_said if {
	minimum_version.deny == set() with input as {} with data.parameters as {"minimum_versions": {"a": "1"}}
}
