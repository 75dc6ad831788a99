package policyengine.lib.steps_test

import data.policyengine.lib.steps

test_commands_are_told_from_other_instructions if {
	every step in ["RUN /bin/sh -c ls # buildkit", "/bin/sh -c ls", "|1 A=b /bin/sh -c ls", "USERADD"] {
		steps.is_run(step)
	}
	every step in ["/bin/sh -c #(nop) CMD [\"ls\"]", "COPY a b # buildkit", "USER 1", "ENV A=b"] {
		not steps.is_run(step)
	}
}

test_a_program_is_told_from_an_argument if {
	every step in ["RUN /bin/sh -c sudo x", "/bin/sh -c a && sudo x", "/bin/sh -c (sudo x)", "sudo x", "a\nsudo x", "RUN sudo x"] {
		steps.runs(step, `sudo\s`)
	}
	every step in ["/bin/sh -c apt-get install sudo curl", "COPY sudo /", "/bin/sh -c pseudo x"] {
		not steps.runs(step, `sudo\s`)
	}
}

test_long_steps_are_shortened if {
	short := concat("", ["x" | some _ in numbers.range(1, 120)])
	steps.described(3, short) == sprintf("step 3 of the image history (%s)", [short])
	long := steps.described(3, concat("", [short, "y"]))
	long == sprintf("step 3 of the image history (%s...)", [short])
	steps.described(0, "a\nb") == "step 0 of the image history (a...)"
}

test_an_instruction_that_is_no_run_runs_nothing if {
	every step in ["/bin/sh -c #(nop) CMD [\"/bin/sh\" \"-c\" \"a; sudo x\"]", "CMD [\"sh\", \"-c\", \"a; sudo x\"]"] {
		not steps.runs(step, `sudo\s`)
	}
	every word in [
		"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "USER",
		"VOLUME", "WORKDIR",
	] {
		not steps.runs(concat(" ", [word, "a; sudo x"]), `sudo\s`)
		steps.runs(concat("", ["x", word, " a; sudo x"]), `sudo\s`)
	}
}
