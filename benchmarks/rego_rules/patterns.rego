# METADATA
# title: "Regular expressions over the names and versions of packages"
package shapes.patterns

result contains item.purl if {
	some item in input.packages
	regex.match(`^lib[a-z]*[0-9]+(-dev)?$`, item.name)
	not regex.match(`^[0-9]+\.[0-9]+\.[0-9]+-r[0-9]+$`, item.version)
}
