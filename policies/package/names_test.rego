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
