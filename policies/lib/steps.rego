# METADATA
# title: Steps of the image history
# description: |
#   A step says the instruction that made it, as BuildKit writes it (RUN /bin/sh -c x # buildkit) or
#   as the classic builder does (/bin/sh -c x, and /bin/sh -c #(nop) for what is no RUN).
package policyengine.lib.steps

others := `^(/bin/sh -c #\(nop\)|(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|SHELL|USER|VOLUME|WORKDIR) )`

# METADATA
# description: Whether the step ran a command.
is_run(created_by) if not regex.match(others, created_by)

# METADATA
# description: Whether the step ran a program of this pattern, as a command and not as an argument.
runs(created_by, program) if {
	is_run(created_by)
	regex.match(concat("", [`(^|^RUN |sh -c |[;&|({\n])\s*`, program]), created_by)
}

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
