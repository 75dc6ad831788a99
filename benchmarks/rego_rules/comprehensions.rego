# METADATA
# title: "Comprehensions that group: vulnerabilities by package, packages by licence"
package shapes.comprehensions

names := {vulnerability.package.name | some vulnerability in input.vulnerabilities}

by_name := {name: ids |
	some name in names
	ids := [vulnerability.id |
		some vulnerability in input.vulnerabilities
		vulnerability.package.name == name
	]
}

result contains name if {
	some name, ids in by_name
	count(ids) > 2
}
