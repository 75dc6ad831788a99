# METADATA
# title: "Chains of functions, with several definitions each"
package shapes.calls

result contains vulnerability.id if {
	some vulnerability in input.vulnerabilities
	urgent(vulnerability)
}

urgent(vulnerability) if score(vulnerability) > 11

score(vulnerability) := base(vulnerability.severity) + bonus(vulnerability)

base("critical") := 10

base("high") := 7

base("medium") := 4

base("low") := 1

bonus(vulnerability) := 3 if has_fix(vulnerability)

bonus(vulnerability) := 1 if not has_fix(vulnerability)

has_fix(vulnerability) if count(vulnerability.fixed_versions) > 0
