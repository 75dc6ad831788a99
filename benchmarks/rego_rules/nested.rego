# METADATA
# title: "Nested objects: paths through layers, packages and their files"
package shapes.nested

result contains [layer, name, path] if {
	some layer, contents in input.layers
	some name, item in contents.packages
	some path, file in item.files
	file.mode.setuid == true
	file.owner.uid == 0
}
