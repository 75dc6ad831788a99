# METADATA
# title: Shell scripts, as far as rules look into them
# description: |
#   A script is read into one line of text in which quotes, escapes and comments are done with, so that
#   su"do" is sudo, and a semicolon in quotes ends no command. After POSIX, Shell Command Language 2.2
#   to 2.10, with $'', |& and <() of bash. What a script makes at run time (variables, what it decodes
#   or downloads) cannot be known. In doubt more is taken for a command, not less.
package policyengine.lib.shell

token := `\\(.|\n)|\$'(\\(.|\n)|[^'\\])*'|'[^']*'|"(\\(.|\n)|[^"\\])*"|#[^\n]*|([^\\'"#$\s]#*|\s)+|(.|\n)`

# METADATA
# description: |
#   The ways to read what RUN is given: the text of a script, or the words of a command as JSON. The
#   words are one command, but for a shell among them, which is given a script.
scripts(text) := {flat(reading) |
	some reading in {text, with_slashes(text)}
	not is_exec(text)
} | {exec(json.unmarshal(text)) | is_exec(text)}

is_exec(text) if {
	startswith(text, "[")
	json.is_valid(text)
	every word in json.unmarshal(text) {
		is_string(word)
	}
}

exec(words) := flat(concat(" ", words)) if {
	some word in words
	takes_script(concat("", [word, " "]))
} else := concat(" ", [neutral(word) | some word in words])

# On Windows a backslash parts the names of a path, and escapes nothing.
with_slashes(text) := replace(text, "\\", "/") if {
	regex.match(`(^|[\s"'])[A-Za-z]:\\|[.](exe|ps1|cmd|bat)`, text)
} else := text

flat(text) := without_redirections(concat("", [piece(tokens, index, nested) | some index in numbers.range(0, count(tokens) - 1)])) if {
	tokens := regex.find_n(token, text, -1)
	nested := {piece | some piece in tokens; regex.match(`^"(.|\n)*[$][(][^)]*"$`, piece)}
}

# Where quotes stand in a substitution that stands in quotes, what is inside and what is outside of
# them cannot be told apart: then all of it is looked into.
piece(tokens, index, nested) := "" if {
	regex.match(`^\\\n`, tokens[index])
} else := neutral(trim_prefix(tokens[index], "\\")) if {
	startswith(tokens[index], "\\")
} else := concat("", ["(", bare(tokens[index]), ")"]) if {
	regex.match(`^[$]?['"](.|\n)`, tokens[index])
	takes_script(tokens[index - 1])
} else := bare(tokens[index]) if {
	regex.match("^[$]?['\"](.|\n)*\n|^\"(.|\n)*([$][(]|`)", tokens[index])
} else := bare(tokens[index]) if {
	startswith(tokens[index], "\"")
	count(nested) > 0
} else := neutral(bare(tokens[index])) if {
	regex.match(`^[$]?['"](.|\n)`, tokens[index])
} else := "" if {
	startswith(tokens[index], "#")
	begins_word(tokens, index)
} else := bare(tokens[index])

begins_word(_, index) if index == 0

begins_word(tokens, index) if regex.match(`^[^\\]*\s$`, tokens[index - 1])

takes_script(before) if regex.match(`(^|\s)(-[A-Za-z]*c|-[Cc]ommand|/[Cc]|eval)\s+$`, before)

# The text without its quotes, and without the escapes among them.
bare(text) := regex.replace(text, `^[$]'|['"]|\\`, "")

neutral(text) := regex.replace(text, "[ \t;&|()<>{}`]", "_")

# 2>&1 and &> end no command, and |& is a pipe.
without_redirections(text) := regex.replace(
	regex.replace(regex.replace(text, `[0-9]*[<>]&[0-9-]?|&>`, " > "), `[|]&`, "|"),
	`[$][{]?IFS[}]?`,
	" ",
)
