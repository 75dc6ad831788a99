# METADATA
# title: What looks like a secret
# description: |
#   A value counts as a secret when its name says so and it is no placeholder, or when it has the
#   published form of a token. Names are compared in lower case.
package policyengine.lib.secrets

name_patterns := {
	`passw(or)?d`,
	`passphrase`,
	`(^|[_.-])pass($|[_.-])`,
	`(^|[_.-])pwd($|[_.-])`,
	`secret`,
	`token`,
	`credential`,
	`api[_.-]?key`,
	`access[_.-]?key`,
	`private[_.-]?key`,
	`encryption[_.-]?key`,
	`signing[_.-]?key`,
	`connection[_.-]?string`,
}

value_patterns := {
	`(A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}`,
	`gh[pousr]_[A-Za-z0-9]{36}`,
	`github_pat_[A-Za-z0-9_]{22}`,
	`glpat-[A-Za-z0-9_-]{20}`,
	`npm_[A-Za-z0-9]{36}`,
	`xox[abeoprs]-[A-Za-z0-9-]{10}`,
	`[sr]k_live_[A-Za-z0-9]{16}`,
	`AIza[A-Za-z0-9_-]{35}`,
	`eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.]`,
	`-----BEGIN [A-Z ]*PRIVATE KEY`,
	`[a-zA-Z][a-zA-Z0-9+.-]*://[^ /:@]*:[^ /@]+@`,
	`[Aa]uthorization:\s*([Bb]earer|[Bb]asic|[Tt]oken)\s+[A-Za-z0-9._~+/=-]{8}`,
	`\bcurl\s([^|;&\n]*\s)?(-u|--user)[\s=]*["']?[A-Za-z0-9._@-]+:[^\s:$"'{(]`,
}

# Values that say where a secret is, or that there is none; a build argument left as $NAME too. What a
# value says beside variables and signs is its own, and so is what stands where a variable is not set.
placeholder_patterns := {
	`^(true|false|yes|no|none|null|on|off|enabled|disabled|required|optional|changeme|xxx+)?$`,
	`^([$][a-z_][a-z0-9_]*|[$][{][a-z_][a-z0-9_]*(:?[?][^}]*|[#%/^,][^}]*|:?[-+=]([$][a-z_][a-z0-9_]*|[^a-z0-9}])*)?[}]|[!-/:-@\[-_{-~ ])+$`,
	`^([$][(]|[{]{2})`,
	`^<[a-z_. -]*>?$`,
	`^[{][a-z_. -]*[}]?$`,
	`^%[a-z_][a-z0-9_]*%$`,
	`^[$]env:[a-z_][a-z0-9_]*$`,
	`^(/|[.]/|file:)[a-z0-9._/-]*$`,
}

# METADATA
# description: Whether the name of a variable, argument or label says that its value is secret.
secret_name(name) if {
	some pattern in name_patterns
	regex.match(pattern, lower(name))
}

# METADATA
# description: Whether the value has the form of a known token, or is a URL with a password.
secret_value(value) if {
	some pattern in value_patterns
	regex.match(pattern, value)
}

# METADATA
# description: Whether the value is no secret whatever its name says.
placeholder(value) if {
	some pattern in placeholder_patterns
	regex.match(pattern, lower(value))
}

# METADATA
# description: Whether a named value is a secret.
named_secret(_, value) if secret_value(value)

named_secret(name, value) if {
	secret_name(name)
	not placeholder(value)
	not file_pointer(name)
}

# TOKEN_FILE and SECRET_PATH name the place of a secret, as Docker's own images do.
file_pointer(name) if regex.match(`[_.-](file|path|dir|url|uri|name|id|type|ttl|length|expiry)$`, lower(name))

# METADATA
# description: |
#   The NAME=VALUE pairs in a command, and what options like --password are given, without quotes.
assignments(command) := {pair |
	some text in regex.find_n(`[A-Za-z_][A-Za-z0-9_.-]*=('[^']*'|[^ '|;&]+)+`, one_line(command), -1)
	name := split(text, "=")[0]
	value := replace(substring_after(text, name), "'", "")
	pair := [name, value]
} | {pair |
	some text in regex.find_n(concat("", [`--`, secret_options, `\s+('[^']*'|[^ '|;&<>-][^ '|;&]*)`]), one_line(command), -1)
	name := regex.find_n(`[a-z][a-z_-]*`, text, 1)[0]
	value := replace(trim_space(trim_prefix(text, concat("", ["--", name]))), "'", "")
	pair := [name, value]
}

secret_options := `(password|passwd|passphrase|token|api[_-]?key|access[_-]?(key|token)|auth[_-]?token|client[_-]?secret|secret[_-]?(access[_-]?)?key)`

# One kind of quote and one kind of space.
one_line(command) := replace(replace(replace(command, "\"", "'"), "\t", " "), "\n", " ")

substring_after(text, name) := trim_prefix(text, concat("", [name, "="]))

# METADATA
# description: The names of the secrets in a command, where one has none "a token".
named_in(command) := {pair[0] |
	some pair in assignments(command)
	named_secret(pair[0], pair[1])
} | {"a token" | secret_value(command)}
