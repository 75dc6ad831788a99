package policyengine.lib.shell_test

import data.policyengine.lib.shell

test_quotes_and_escapes_are_done_with if {
	every text in [`su"do" id`, `su'do' id`, `s\udo id`, `"sudo" id`, `$'sudo' id`, "su\\\ndo id", `["sudo", "id"]`, `["s\u0075do", "id"]`] {
		shell.scripts(text) == {"sudo id"}
	}
}

test_what_is_quoted_is_one_word_and_ends_no_command if {
	every text in [`echo "a; b"`, `echo 'a; b'`, `echo a\;\ b`, `echo $'a; b'`, `echo "a\; b"`, `["echo", "a; b"]`] {
		shell.scripts(text) == {"echo a__b"}
	}
	shell.scripts("echo '(a) `b` {c}\t<d> &e|f'") == {"echo _a___b___c___d___e_f"}
	shell.scripts(`echo '$(sudo id)'`) == {"echo $_sudo_id_"}
}

test_a_script_for_a_shell_in_quotes_is_looked_into if {
	every text in [`sh -c 'a; b'`, `sh -c "a; b"`, `sh -xc $'a; b'`, `sh -c "a; 'b'"`] {
		regex.match(`^sh -x?c \(a; b\)$`, concat("", shell.scripts(text)))
	}
	shell.scripts(`eval "a; b"`) == {"eval (a; b)"}
	shell.scripts(`pwsh -Command "a; b"`) == {"pwsh -Command (a; b)"}
	shell.scripts(`cmd /C "a; b"`) == {"cmd /C (a; b)"}
	shell.scripts(`["bash", "-c", "a; b"]`) == {"bash -c a; b"}
	shell.scripts(`["bash", "-c", "a 'b; c'"]`) == {"bash -c a b__c"}
	shell.scripts(`sh -c a`) == {"sh -c a"}
	shell.scripts(`sh -c $x; b`) == {"sh -c $x; b"}
	shell.scripts(`sort -c'a; b'`) == {"sort -ca__b"}
}

test_a_substitution_in_quotes_is_looked_into if {
	shell.scripts(`echo "x $(a "b c")"`) == {"echo x $(a b c)"}
	shell.scripts(`echo "x $(a "b"; sudo id "c")"`) == {"echo x $(a b; sudo id c)"}
	shell.scripts(`echo "x $(a "b" c)" 'd; e'`) == {"echo x $(a b c) d__e"}
	shell.scripts(`echo "x $(a)" "; b"`) == {"echo x $(a) __b"}
	shell.scripts("echo \"x `a; b`\"") == {"echo x `a; b`"}
}

test_quotes_over_several_lines_hide_nothing if {
	shell.scripts("cat <<X\nit's\nX\nsudo id\ncat <<Y\nit's\nY") == {"cat <<X\nits\nX\nsudo id\ncat <<Y\nits\nY"}
	shell.scripts("echo it's; sudo id") == {"echo its; sudo id"}
}

test_comments_are_left_out_and_nothing_else_is if {
	shell.scripts("a # b; c\nd") == {"a \nd"}
	shell.scripts("# a\nb") == {"\nb"}
	shell.scripts(`a '#' b`) == {"a # b"}
	shell.scripts(`a "x"#b; c`) == {"a x#b; c"}
	shell.scripts("a ${x#y} z#w; b") == {"a ${x#y} z#w; b"}
	shell.scripts(`a \ #b; c`) == {"a _#b; c"}
	shell.scripts(`echo $'a\' # b'; sudo id`) == {"echo a_#_b; sudo id"}
	shell.scripts(`a $#; b`) == {"a $#; b"}
}

test_redirections_end_no_command if {
	shell.scripts("a 2>&1 | b") == {"a  >  | b"}
	shell.scripts("a &> b |& c") == {"a  >  b | c"}
	shell.scripts("a <&- b") == {"a  >  b"}
	shell.scripts("a & b") == {"a & b"}
}

test_the_separator_of_fields_is_a_blank if shell.scripts("sudo${IFS}a$IFS") == {"sudo a "}

test_paths_of_windows_are_read_both_ways if {
	shell.scripts(`C:\bin\curl.exe x`) == {"C:bincurl.exe x", "C:/bin/curl.exe x"}
	shell.scripts(`bin\a.exe x`) == {"bina.exe x", "bin/a.exe x"}
	shell.scripts(`a\b`) == {"ab"}
}

test_what_is_no_list_of_words_is_a_script if {
	shell.scripts(`["a", 'b']`) == {"[a, b]"}
	shell.scripts(`["a", 1]`) == {"[a, 1]"}
	shell.scripts(`{"a": "b; c"}`) == {"{a: b__c}"}
	shell.scripts(`[ -z x ]`) == {"[ -z x ]"}
	shell.scripts(`"a"`) == {"a"}
	shell.scripts(`[]`) == {""}
	shell.scripts("") == {""}
}
