package policyengine.lib.dockerfiles_test

import data.policyengine.lib.dockerfiles

base(is_stage, is_scratch, stage) := {"is_stage": is_stage, "is_scratch": is_scratch, "stage": stage}

instruction(keyword, text, line) := {"instruction": keyword, "original": text, "line": line}

stages := [
	{"line": 1, "base": base(false, false, null), "instructions": [instruction("RUN", "RUN make", 2)]},
	{
		"line": 4,
		"base": base(true, false, 0),
		"instructions": [instruction("COPY", "COPY a b", 5), instruction("USER", "USER 1", 6)],
	},
	{"line": 8, "base": base(false, true, null), "instructions": []},
]

test_every_instruction_is_found_with_its_place if {
	found := dockerfiles.instructions with input as {"dockerfile": {"stages": stages}}
	found == {
		{
			"keyword": "RUN",
			"text": "RUN make",
			"texts": {"RUN make"},
			"before": "",
			"shown": "RUN make",
			"line": 2,
			"path": ["dockerfile", "stages", 0, "instructions", 0],
		},
		{
			"keyword": "COPY",
			"text": "COPY a b",
			"texts": {"COPY a b"},
			"before": "",
			"shown": "COPY a b",
			"line": 5,
			"path": ["dockerfile", "stages", 1, "instructions", 0],
		},
		{
			"keyword": "USER",
			"text": "USER 1",
			"texts": {"USER 1"},
			"before": "",
			"shown": "USER 1",
			"line": 6,
			"path": ["dockerfile", "stages", 1, "instructions", 1],
		},
	}
}

test_a_stage_and_nothing_are_no_bases if {
	found := dockerfiles.bases with input as {"dockerfile": {"stages": stages}}
	[[item.line, item.path] | some item in found] == [[1, ["dockerfile", "stages", 0, "base"]]]
	[item.base.stage | some item in found] == [null]
}

image_stages(final) := found if {
	found := dockerfiles.image_stages with input as {"dockerfile": {"stages": stages, "final_stage": final}}
}

test_the_image_is_the_last_stage_and_the_one_it_is_built_on if {
	image_stages(1) == {1, 0}
	image_stages(2) == {2, null}
}

test_without_a_dockerfile_nothing_is_found if {
	dockerfiles.instructions == set() with input as {}
	dockerfiles.bases == set() with input as {}
	dockerfiles.image_stages == set() with input as {}
}

test_an_instruction_is_called_by_its_line_and_its_beginning if {
	described(instruction("RUN", "RUN make", 3)) == "line 3 (RUN make)"
	described(instruction("RUN", "RUN a\nRUN b", 3)) == "line 3 (RUN a)"
	short := concat("", ["RUN ", concat("", ["x" | some _ in numbers.range(1, 116)])])
	described(instruction("RUN", concat("", [short, "y"]), 3)) == sprintf("line 3 (%s)", [short])
}

described(item) := dockerfiles.described(found) if {
	content := {"dockerfile": {"stages": [{"instructions": [item]}]}}
	some found in dockerfiles.instructions with input as content
}

text_of(item) := found.text if {
	content := {"dockerfile": {"stages": [{"instructions": [item]}]}}
	some found in dockerfiles.instructions with input as content
}

test_the_text_has_the_keyword_as_it_is_known_and_one_space if {
	text_of(instruction("RUN", "run make", 1)) == "RUN make"
	text_of(instruction("RUN", " Run \t make\tall ", 1)) == "RUN make\tall"
	text_of(instruction("RUN", "RUN\nmake\n all", 1)) == "RUN make\n all"
	text_of(instruction("RUN", "RUN", 1)) == "RUN "
}

test_the_lines_of_here_documents_are_run_and_copied_not if {
	scripts := {"heredocs": [{"content": "a\nb\n"}, {"content": "c"}]}
	text_of(object.union(instruction("RUN", "RUN <<A <<B", 1), scripts)) == "RUN <<A <<B\na\nb\n\nc"
	text_of(object.union(instruction("COPY", "COPY <<A <<B /", 1), scripts)) == "COPY <<A <<B /"
}

trigger := {"instruction": "RUN", "original": "RUN --mount=type=x su'do' id", "line": 3}

triggered(item) := {"dockerfile": {"stages": [{"instructions": [object.union(instruction("ONBUILD", "ONBUILD x", 3), {"trigger": item})]}]}}

test_what_is_triggered_is_an_instruction_too if {
	found := dockerfiles.instructions with input as triggered(trigger)
	{item.keyword | some item in found} == {"ONBUILD", "RUN"}
	some item in found
	item.keyword == "RUN"
	item.shown == "ONBUILD RUN --mount=type=x su'do' id"
	item.text == "RUN --mount=type=x su'do' id"
	item.path == ["dockerfile", "stages", 0, "instructions", 0, "trigger"]
	dockerfiles.described(item) == "line 3 (ONBUILD RUN --mount=type=x su'do' id)"
}

test_an_argument_before_the_first_stage_is_found_with_its_place if {
	item := instruction("ARG", "ARG A=b", 1)
	found := dockerfiles.instructions with input as {"dockerfile": {"global_arguments": [item]}}
	found == {{
		"keyword": "ARG",
		"text": "ARG A=b",
		"texts": {"ARG A=b"},
		"before": "",
		"shown": "ARG A=b",
		"line": 1,
		"path": ["dockerfile", "global_arguments", 0],
	}}
}

test_the_texts_are_as_written_and_with_variables_put_in if {
	item := object.union(instruction("ADD", "add $A /x", 2), {"expanded": ["https://a", "/x"]})
	content := {"dockerfile": {"stages": [{"instructions": [item]}]}}
	some found in dockerfiles.instructions with input as content
	found.texts == {"ADD $A /x", "ADD https://a /x"}
}

test_no_trigger_is_none if {
	found := dockerfiles.instructions with input as triggered(null)
	{item.keyword | some item in found} == {"ONBUILD"}
}

test_the_scripts_of_run_are_found_without_its_flags if {
	found := dockerfiles.runs with input as triggered(trigger)
	{item.scripts | some item in found} == {{"sudo id"}}
	other := dockerfiles.runs with input as triggered(object.union(trigger, {"instruction": "COPY"}))
	other == set()
}

test_a_reason_names_the_line if {
	found := {"line": 3, "shown": "RUN x", "path": ["a"]}
	dockerfiles.reason(found, "does it") == {"msg": "line 3 (RUN x) does it", "line": 3, "paths": [["a"]]}
}
