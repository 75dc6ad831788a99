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
described(index, created_by) := sprintf("step %v of the image history (%s)", [index, shortened(created_by)])

shortened(text) := text if count(text) <= 120

shortened(text) := concat("", [substring(text, 0, 117), "..."]) if count(text) > 120
