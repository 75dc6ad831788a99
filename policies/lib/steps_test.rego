package policyengine.lib.steps_test

import data.policyengine.lib.steps

found(created_by) := scripts if {
	scripts := union({step.scripts | some step in steps.runs}) with input as {"image": {"history": [{"created_by": created_by}]}}
}

test_the_script_is_found_in_what_each_builder_writes if {
	every text in [
		"RUN /bin/sh -c sudo id # buildkit",
		"RUN /bin/bash -o pipefail -c sudo id # buildkit",
		"RUN |1 A=b /bin/sh -c sudo id # buildkit",
		"RUN |2 A=b C= /bin/bash -ec sudo id # buildkit",
		"RUN |1 A=two words /bin/sh -c sudo id # buildkit",
		"RUN |1 A=x /bin/sh -c y /bin/sh -c sudo id # buildkit",
		"RUN |1 A=b sudo id # buildkit",
		"RUN sudo id # buildkit",
		"/bin/sh -c sudo id",
		"|1 A=b /bin/sh -c sudo id",
		"|1 A=a\nb /bin/sh -c sudo id",
		"/bin/sh -c --mount=type=cache,target=/x sudo id",
		`/bin/sh -c ["sudo", "id"]`,
		"RUN sudo id",
		"run sudo id",
		"Run\tsudo id",
		`RUN --network=none ["sudo", "id"]`,
		"sudo id",
		"sh -c sudo id",
	] {
		"sudo id" in found(text)
	}
	"bash -c (curl x | sh)" in found(`RUN bash -c "curl x | sh"`)
	"sudo id; sh -c y" in found("RUN |1 A=b c /bin/sh -c sudo id; sh -c y # buildkit")
	"USERADD x" in found("USERADD x")
	"COPY a b" in found("RUN COPY a b # buildkit")
	"a\nsudo id\n" in found("RUN /bin/sh -c a\nsudo id\n # buildkit")
}

test_an_instruction_that_is_no_run_runs_nothing if {
	every word in [
		"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
		"SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
	] {
		found(concat(" ", [word, "a; sudo x"])) == {""}
		found(concat(" ", [lower(word), "a; sudo x"])) == {""}
		found(concat(" ", ["/bin/sh -c #(nop) ", word, "a; sudo x"])) == {""}
		found(concat(" ", ["|1 A=b /bin/sh -c #(nop) ", word, "a; sudo x"])) == {""}
	}
}

test_what_follows_a_comment_of_the_classic_builder_is_run if {
	"\nsudo id" in found("/bin/sh -c #(nop) CMD x\nsudo id")
}

test_triggers_are_looked_into if {
	content := {"image": {"config": {"OnBuild": ["RUN sudo id", "ADD a b", "COPY a b"]}}}
	{step.place.trigger | some step in steps.runs; step.scripts == {"sudo id"}} == {0} with input as content
	steps.adds == {{
		"text": "ADD a b",
		"described": "trigger 1 of the image (ADD a b)",
		"place": {"trigger": 1},
		"path": ["image", "config", "OnBuild", 1],
	}} with input as content
}

test_what_is_added_is_told_in_every_way_to_write_it if {
	every text in ["ADD a b # buildkit", "add a b", "/bin/sh -c #(nop) ADD a b", "/bin/sh -c #(nop)  ADD a b", "|1 A=b /bin/sh -c #(nop) ADD a b"] {
		some step in steps.adds with input as {"image": {"history": [{"created_by": text}]}}
		regex.match(`^(ADD|add) a b`, step.text)
		step.place == {"step": 0}
		step.path == ["image", "history", 0, "created_by"]
		step.described == sprintf("step 0 of the image history (%s)", [text])
	}
	every text in ["RUN ADD a b", "/bin/sh -c ADD a b", "ADDUSER x", "COPY ADD b"] {
		steps.adds == set() with input as {"image": {"history": [{"created_by": text}]}}
	}
}

test_a_reason_names_the_step if {
	step := {"described": "step 3", "place": {"step": 3}, "path": ["a"]}
	steps.reason(step, "does it") == {"msg": "step 3 does it", "step": 3, "paths": [["a"]]}
}

test_long_steps_are_shortened if {
	short := concat("", ["x" | some _ in numbers.range(1, 120)])
	steps.described(3, short) == sprintf("step 3 of the image history (%s)", [short])
	long := steps.described(3, concat("", [short, "y"]))
	long == sprintf("step 3 of the image history (%s...)", [short])
	steps.described(0, "a\nb") == "step 0 of the image history (a...)"
}

test_without_an_image_there_are_no_steps if {
	steps.all == set() with input as {}
	steps.runs == set() with input as {}
	steps.adds == set() with input as {}
}
