package policyengine.dockerfile.world_writable_test

import data.policyengine.dockerfile.world_writable

denied(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := world_writable.deny with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_denied if {
	every text in ["RUN chmod 777 /a", "RUN chmod -R 0666 /a", "COPY --chmod=777 a b", "ADD --chmod=666 a b", "RUN chmod a+w /a"] {
		some reason in denied(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) makes files writable for everybody", [text])
	}
}

test_other_instructions_are_not_denied if {
	every text in ["RUN chmod 755 /a", "RUN chmod 1777 /tmp", "COPY a b", "ENV A=chmod 777"] {
		denied(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(world_writable.deny) == 0 with input as {}

test_a_script_is_looked_into_where_it_is_run_and_not_where_it_is_copied if {
	scripts := [{"content": "id\n  chmod 777 /a\n"}]
	run := {"instruction": "RUN", "original": "RUN <<EOF", "line": 7, "heredocs": scripts}
	copied := {"instruction": "COPY", "original": "COPY <<EOF /a.sh", "line": 9, "heredocs": scripts}
	world_writable.deny == {{
		"msg": "line 7 (RUN <<EOF) makes files writable for everybody",
		"line": 7,
		"paths": [["dockerfile", "stages", 0, "instructions", 0]],
	}} with input as {"dockerfile": {"stages": [{"instructions": [run, copied]}]}}
}
