# METADATA
# title: The scale of severities
package policyengine.lib.severities

ranks := {"unknown": 0, "none": 1, "negligible": 2, "low": 3, "medium": 4, "high": 5, "critical": 6}

words := ["unknown", "none", "negligible", "low", "medium", "high", "critical"]

# METADATA
# description: Whether the severity is as bad as the threshold, or worse.
at_least(severity, threshold) if ranks[severity] >= ranks[threshold]

# METADATA
# description: |
#   The severity of a finding on which scanners disagree: "highest" is the worst that a scanner gives;
#   "vendor" the worst that the distribution, or who keeps the package's advisories, gives, where one
#   does; "agreement" the worst on which two scanners agree, that or worse, where two rate it.
of(vulnerability, choice) := vulnerability.severity if choice == "highest"

of(vulnerability, choice) := words[max(by_vendors(vulnerability))] if {
	choice == "vendor"
	count(by_vendors(vulnerability)) > 0
}

of(vulnerability, choice) := vulnerability.severity if {
	choice == "vendor"
	count(by_vendors(vulnerability)) == 0
}

of(vulnerability, choice) := words[max(agreed(vulnerability))] if {
	choice == "agreement"
	count(agreed(vulnerability)) > 0
}

of(vulnerability, choice) := vulnerability.severity if {
	choice == "agreement"
	count(agreed(vulnerability)) == 0
}

by_vendors(vulnerability) := {ranks[given.severity] |
	some given in vulnerability.severities
	given.kind == "vendor"
	given.severity != "unknown"
}

agreed(vulnerability) := {ranks[given.severity] |
	some given in vulnerability.severities
	given.chosen
	given.severity != "unknown"
	count(at_or_above(vulnerability, given.severity)) > 1
}

at_or_above(vulnerability, severity) := {given.scanner |
	some given in vulnerability.severities
	given.chosen
	at_least(given.severity, severity)
}
