# METADATA
# title: "Joins: each vulnerability with its package, and with those of one licence"
package shapes.joins

result contains [vulnerability.id, item.license] if {
	some vulnerability in input.vulnerabilities
	some item in input.packages
	item.purl == vulnerability.package.purl
	vulnerability.severity in {"high", "critical"}
}
