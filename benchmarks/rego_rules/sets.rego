# METADATA
# title: "Sets: union, intersection and difference of names"
package shapes.sets

present := {item.name | some item in input.packages}

affected := {vulnerability.package.name | some vulnerability in input.vulnerabilities}

fixable := {vulnerability.package.name |
	some vulnerability in input.vulnerabilities
	count(vulnerability.fixed_versions) > 0
}

result := {
	"unaffected": count(present - affected),
	"stuck": count((present & affected) - fixable),
	"all": count(present | affected),
}
