package policyengine.package.names_test

import data.policyengine.package.names

parameters := {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}

denied(name) := result if {
	result := count(names.deny) with input as {"sbom": {"packages": [{"name": name}]}}
		with data.parameters as parameters
}

warned(name) := result if {
	result := count(names.warn) with input as {"sbom": {"packages": [{"name": name}]}}
		with data.parameters as parameters
}

test_a_forbidden_package_is_denied if {
	every name in ["telnet", "telnetd", "TELNETD", "telnet/client.x"] {
		denied(name) == 1
	}
}

test_another_package_is_not_denied if {
	every name in ["inetutils-telnet", "openssl", ""] {
		denied(name) == 0
	}
}

test_a_suspicious_package_is_warned_about if {
	every name in ["libssl-dev", "@types/x-dev", "gdb"] {
		warned(name) == 1
	}
}

test_a_pattern_matches_whole_names if {
	every name in ["libssl-devel", "gdbm", "libgdb"] {
		warned(name) == 0
	}
}

test_without_an_sbom_nothing_is_said if {
	count(names.deny) == 0 with input as {} with data.parameters as parameters
	count(names.warn) == 0 with input as {} with data.parameters as parameters
}

test_the_whole_result_of_warn if {
	names.warn == {{"msg": "the package gdb does not belong into an image that ships", "package": "gdb", "paths": [["sbom", "packages", 0, "name"]]}} with input as {"sbom": {"packages": [{"name": "gdb"}]}}
		with data.parameters as {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}
}

test_the_whole_result_of_deny_2 if {
	names.deny == {{"msg": "the package telnet is forbidden by the pattern telnet*", "package": "telnet", "paths": [["sbom", "packages", 0, "name"]]}} with input as {"sbom": {"packages": [{"name": "telnet"}]}}
		with data.parameters as {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}
}

test_the_whole_result_of_deny_3 if {
	names.deny == {{"msg": "the package TELNETD is forbidden by the pattern telnet*", "package": "TELNETD", "paths": [["sbom", "packages", 0, "name"]]}} with input as {"sbom": {"packages": [{"name": "TELNETD"}]}}
		with data.parameters as {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}
}

test_the_whole_result_of_warn_4 if {
	names.warn == {{"msg": "the package libssl-dev does not belong into an image that ships", "package": "libssl-dev", "paths": [["sbom", "packages", 0, "name"]]}} with input as {"sbom": {"packages": [{"name": "libssl-dev"}]}}
		with data.parameters as {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}
}

test_the_whole_result_of_warn_5 if {
	names.warn == {{"msg": "the package @types/x-dev does not belong into an image that ships", "package": "@types/x-dev", "paths": [["sbom", "packages", 0, "name"]]}} with input as {"sbom": {"packages": [{"name": "@types/x-dev"}]}}
		with data.parameters as {"forbidden_packages": ["telnet*"], "suspicious_packages": ["*-dev", "gdb"]}
}
