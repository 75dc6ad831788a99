# METADATA
# title: "Partial rules asked for one key, and every, which stops early"
package shapes.partial

package_of[item.purl] := item if some item in input.packages

result contains vulnerability.id if {
	some vulnerability in input.vulnerabilities
	item := package_of[vulnerability.package.purl]
	every tag in item.tags { tag != "vendor" }
}
