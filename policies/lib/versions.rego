# METADATA
# title: Version numbers
# description: |
#   The numbers that a version begins with, behind its epoch or a v: 1:2.10.0-3 is [2, 10]. Trailing
#   zeros do not count. What stands behind the numbers (-rc1, +deb12u1, a letter) is not compared.
package policyengine.lib.versions

# METADATA
# description: Whether the version is known, and is the least or a later one, by its numbers.
at_least(version, least) if {
	is_string(version)
	numbers(version) >= numbers(least)
}

numbers(version) := [to_number(digits) |
	beginning := regex.find_n(`^([0-9]+:)?[vV]?[0-9]+([.][0-9]+)*`, version, 1)[0]
	some digits in split(without_zeros(without_epoch(beginning)), ".")
] if {
	regex.match(`^([0-9]+:)?[vV]?[0-9]`, version)
}

without_epoch(text) := regex.replace(text, `^([0-9]+:)?[vV]?`, "")

without_zeros(text) := regex.replace(text, `([.]0+)+$`, "")
