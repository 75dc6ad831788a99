# METADATA
# title: Dockerfiles
package policyengine.lib.dockerfiles

import data.policyengine.lib.shell

# METADATA
# description: |
#   Every instruction with its place, its keyword and its text: the keyword in upper case, one space,
#   and the rest on one line; behind RUN also the lines of its here-documents, which are run too.
#   Its texts are that and the one with variables put in, where Docker does so. What ONBUILD triggers
#   is an instruction too, shown with the ONBUILD before it.
instructions contains found if {
	some written in all
	item := written.item
	found := {
		"keyword": item.instruction,
		"text": text(item),
		"texts": {text(item), expanded(item)},
		"before": written.before,
		"shown": concat("", [written.before, beginning(text(item))]),
		"line": item.line,
		"path": written.path,
	}
}

# METADATA
# description: |
#   Every instruction as it is in the input document, the arguments before the first stage, and what
#   ONBUILD triggers.
all contains {"item": item, "before": "", "path": ["dockerfile", "stages", stage, "instructions", index]} if {
	some stage, built in input.dockerfile.stages
	some index, item in built.instructions
}

all contains {"item": item, "before": "", "path": ["dockerfile", "global_arguments", index]} if {
	some index, item in input.dockerfile.global_arguments
}

all contains {"item": item.trigger, "before": "ONBUILD ", "path": path} if {
	some stage, built in input.dockerfile.stages
	some index, item in built.instructions
	is_object(item.trigger)
	path := ["dockerfile", "stages", stage, "instructions", index, "trigger"]
}

# METADATA
# description: The instructions that run commands, with their scripts.
runs contains object.union(found, {"scripts": scripts}) if {
	some found in instructions
	found.keyword in {"RUN"}
	scripts := shell.scripts(regex.replace(found.text, `^RUN\s+(--\S+\s+)*`, ""))
}

# METADATA
# description: A reason about an instruction, which does what the message says.
reason(found, message) := {
	"msg": concat(" ", [described(found), message]),
	"line": found.line,
	"paths": [found.path],
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
described(found) := concat("", [sprintf("line %v (", [found.line]), found.shown, ")"])

beginning(text) := regex.find_n(`^[^\n]{0,120}`, text, 1)[0]
