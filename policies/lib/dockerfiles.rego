# METADATA
# title: Dockerfiles
package policyengine.lib.dockerfiles

# METADATA
# description: |
#   Every instruction with its place, its keyword and its text: the keyword in upper case, one space,
#   and the rest on one line; behind RUN also the lines of its here-documents, which are run too.
#   Its texts are that and the one with variables put in, where Docker does so.
instructions contains found if {
	some stage, built in input.dockerfile.stages
	some index, item in built.instructions
	found := {
		"keyword": item.instruction,
		"text": text(item),
		"texts": {text(item), expanded(item)},
		"line": item.line,
		"path": ["dockerfile", "stages", stage, "instructions", index],
	}
}

text(item) := concat("\n", array.concat([first_line(item)], scripts(item)))

expanded(item) := concat(" ", array.concat([item.instruction], item.expanded)) if {
	is_array(item.expanded)
} else := text(item)

first_line(item) := concat(" ", [item.instruction, trim_space(behind)]) if {
	behind := concat("", regex.find_n(`\s(.|\n)*$`, trim_space(item.original), 1))
}

scripts(item) := [script.content | item.instruction == "RUN"; some script in item.heredocs]

# METADATA
# description: The stages that are built on an image, not on another stage or on nothing.
bases contains found if {
	some stage, built in input.dockerfile.stages
	built.base.is_stage == false
	built.base.is_scratch == false
	found := {"base": built.base, "line": built.line, "path": ["dockerfile", "stages", stage, "base"]}
}

# METADATA
# description: The last stage, which is the image, and the stage that it is built on.
image_stages contains index if index := input.dockerfile.final_stage

image_stages contains input.dockerfile.stages[input.dockerfile.final_stage].base.stage

# METADATA
# description: What a reason calls an instruction.
described(found) := concat("", [sprintf("line %v (", [found.line]), beginning(found.text), ")"])

beginning(text) := regex.find_n(`^[^\n]{0,120}`, text, 1)[0]
