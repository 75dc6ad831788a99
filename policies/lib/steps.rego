# METADATA
# title: Steps of the image history
# description: |
#   A step says the instruction that made it, as its builder writes it: BuildKit "RUN /bin/sh -c x #
#   buildkit", the classic builder and buildah "/bin/sh -c x", and "/bin/sh -c #(nop) COPY x" for what
#   is no RUN, kaniko the line of the Dockerfile. Build arguments come first: "|1 A=b /bin/sh -c x".
#   Triggers of the image (ONBUILD) are instructions to be, and looked into with the steps.
package policyengine.lib.steps

import data.policyengine.lib.shell

nop := `^(\|[0-9]+\s(.|\n)*)?/bin/sh -c #\(nop\)\s*`

others := `^(add|arg|cmd|copy|entrypoint|env|expose|healthcheck|label|maintainer|onbuild|shell|stopsignal|user|volume|workdir)\s`

# METADATA
# description: |
#   The steps and triggers, each with its text, what a reason calls it, its place in the image
#   and its path in the input document.
all contains found if {
	some index, step in input.image.history
	found := {
		"text": step.created_by,
		"described": described(index, step.created_by),
		"place": {"step": index},
		"path": ["image", "history", index, "created_by"],
	}
}

all contains found if {
	some index, trigger in input.image.config.OnBuild
	found := {
		"text": trigger,
		"described": sprintf("trigger %v of the image (%s)", [index, shortened(trigger)]),
		"place": {"trigger": index},
		"path": ["image", "config", "OnBuild", index],
	}
}

# METADATA
# description: The steps and triggers that run commands, with their scripts.
runs contains object.union(step, {"scripts": scripts}) if {
	some step in all
	command := command_of(step.text)
	scripts := union({shell.scripts(without_flags(reading)) | some reading in readings(command)})
}

# METADATA
# description: The texts of the steps and triggers that add files, from the keyword on.
adds contains object.union(step, {"text": text}) if {
	some step in all
	text := regex.replace(step.text, nop, "")
	regex.match(`^[Aa][Dd][Dd]\s`, text)
}

# METADATA
# description: A reason about a step or trigger, which does what the message says.
reason(step, message) := object.union(step.place, {
	"msg": concat(" ", [step.described, message]),
	"paths": [step.path],
})

# What a step ran: of an instruction that is no RUN nothing, but for lines that follow one in a comment.
command_of(text) := regex.replace(text, `^[^\n]*`, "") if {
	regex.match(nop, text)
} else := "" if {
	regex.match(others, lower(text))
} else := regex.replace(trim_suffix(text, " # buildkit"), `^[Rr][Uu][Nn]\s+`, "")

# With and without the shell that it was given to. Build arguments may hold blanks, so that where they
# end cannot be told: behind the last that looks like one, at the first shell, or at the last.
readings(command) := {
	regex.replace(command, `^\|[0-9]+\s+([A-Za-z_]\w*=\S*\s+)*`, ""),
	regex.replace(command, concat("", [`^(\|[0-9]+\s(.|\n)*?\s)?`, shell_head]), ""),
	regex.replace(command, concat("", [`^(\|[0-9]+\s(.|\n)*\s)?`, shell_head]), ""),
}

shell_head := `(\S*/)?(ba|da|a|z|k)?sh(\s+-o\s+\S+|\s+-\S+)*\s+-[A-Za-z]*c\s+`

without_flags(text) := regex.replace(text, `^(--\S+\s+)*`, "")

# METADATA
# description: What a reason calls the step.
described(index, created_by) := concat("", [
	sprintf("step %v of the image history (", [index]),
	shortened(created_by),
	")",
])

# The first line, and of that no more than a line of a report.
shortened(text) := shown if {
	beginning := regex.find_n(`^[^\n]{0,120}`, text, 1)[0]
	shown := concat("", [beginning, {true: "", false: "..."}[beginning == text]])
}
