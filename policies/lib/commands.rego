# METADATA
# title: What commands do
# description: |
#   What rules look for in the scripts of a Dockerfile, of an image history and of triggers. Scripts are
#   as lib/shell.rego reads them; a program counts where a command begins, not as an argument.
package policyengine.lib.commands

# Where a word ends.
ends := "([\\s;&|()<>`}]|$)"

# Where a command begins: behind what ends another one or begins a group, or as what find is to run.
begins := "(^|[;&|()\n`]|-exec(dir)?\\s|-ok(dir)?\\s)\\s*"

# What may stand before the program: words of the shell, variables, and programs that run others, with
# their options. The last is the path of the program.
options := `(\s+(-[A-Za-z]*[uCskInLPdaEDgo]\s+\S+|[-/+]\S*|[0-9.]+[smhd]?|[A-Za-z_]\w*=\S*))*`

runners := concat("|", [
	`then|do|else|elif|if|while|until|!|[{]|time|exec|command|builtin|eval|nohup|env|sudo|doas|su|runuser|xargs`,
	`nice|ionice|timeout|stdbuf|setsid|setpriv|unshare|chroot|busybox|toybox|(ba|da|a|z|k)?sh|(cmd|powershell|pwsh)([.]exe)?`,
])

before := concat("", [`(((\S*/)?(`, runners, `)`, options, `|[A-Za-z_]\w*=\S*)\s+)*(\S*/)?`])

# METADATA
# description: Whether a script runs a program of this pattern, which goes on to its arguments.
runs(scripts, program) if {
	pattern := concat("", [begins, before, program])
	some script in scripts
	regex.match(pattern, script)
}

# METADATA
# description: Whether a script has a text of this pattern, wherever that is; letters in lower case.
mentions(scripts, pattern) if {
	some script in scripts
	regex.match(pattern, lower(script))
}

# METADATA
# description: Whether a script becomes root by sudo.
uses_sudo(scripts) if runs(scripts, concat("", [`sudo`, ends]))

downloaders := `(curl|wget|fetch|aria2c|axel|lynx|https?)([.]exe)?`

interpreters := `((ba|da|a|z|k|c|tc|fi)?sh|python[0-9.]*|perl|ruby|node|php|lua|pwsh|powershell([.]exe)?)`

# METADATA
# description: |
#   Whether a script hands to an interpreter what it downloads: by a pipe, also out of or into a group,
#   or by a substitution, of which eval, source and the command itself are others.
runs_download(scripts) if runs(scripts, concat("", [
	downloaders, `\s[^;&\n]*[|]\s*([({]\s*([^(){}]*[;&]\s*)?)?`, before, interpreters, ends,
]))

runs_download(scripts) if runs(scripts, concat("", [
	downloaders, `\s[^\n]*[)}]\s*[|]\s*`, before, interpreters, ends,
]))

runs_download(scripts) if runs(scripts, concat("", [
	`(`, interpreters, "|eval|source|[.])\\s[^;&|\n]*[(`]\\s*", before, downloaders, `\s`,
]))

runs_download(scripts) if runs(scripts, concat("", ["([$][(]|`)\\s*", before, downloaders, `\s`]))

runs_download(scripts) if mentions(scripts, `\b(iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget)\b[^;\n]*[|]\s*(iex|invoke-expression)\b`)

runs_download(scripts) if mentions(scripts, `\b(iex|invoke-expression)\b[^;\n]*\b(downloadstring|iwr|irm|invoke-webrequest|invoke-restmethod)\b`)

runs_download(scripts) if mentions(scripts, `\bdownloadstring\b[^;\n]*[|]\s*(iex|invoke-expression)\b`)

# METADATA
# description: |
#   Whether a script downloads without verifying the server, or tells others to. Options may be
#   shortened as far as they are taken for themselves.
unverified_download(scripts) if runs(scripts, concat("", [`curl([.]exe)?\s([^;&|\n]*\s)?(-[A-Za-z0-9#]*k[A-Za-z0-9#]*|--insec[a-z]*|--proxy-insec[a-z]*)`, ends]))

unverified_download(scripts) if runs(scripts, `wget([.]exe)?\s[^;&|\n]*--no-ch[a-z-]*`)

unverified_download(scripts) if mentions(scripts, concat("|", [
	`http[.]sslverify[\s_]*=?[\s_]*(false|0|no|off)([^a-z0-9]|$)`,
	`strict-ssl[\s_]*=?[\s_]*false`,
	`--check-certificate=false`,
	`--no-verify-ssl`,
	`verify-(peer|host)[\s_]*=?[\s_]*(false|0|no)([^a-z0-9]|$)`,
	`sslverify[\s_]*=[\s_]*(0|false|no)([^a-z0-9]|$)`,
	`\b(node_tls_reject_unauthorized|pythonhttpsverify|perl_lwp_ssl_verify_hostname)=0`,
	`\bgit_ssl_no_verify=(1|true|yes|on)`,
	`-skipcertificatecheck`,
	`servercertificatevalidationcallback`,
]))

# METADATA
# description: |
#   By which options and settings, in lower case, scripts install packages without verifying them, or
#   tell others to.
unverified_packages(scripts) := {regex.replace(found, `[^a-z0-9]$`, "") |
	some script in scripts
	some found in array.concat(
		regex.find_n(unverifying_options, lower(unprinted(script)), -1),
		regex.find_n(unverifying_settings, lower(script), -1),
	)
}

unverifying_options := concat("|", [
	`--allow-unauthenticated`,
	`--allow-insecure-repositories`,
	`--force-yes`,
	`--no-?gpg-?checks?`,
	`--nosignature`,
	`--allow-untrusted`,
])

unverifying_settings := concat("|", [
	`gpgcheck[\s_]*=[\s_]*(0|no|false)`,
	`trusted[\s_]*=[\s_]*(yes|true|1)([^a-z0-9]|$)`,
	`apt::get::allowunauthenticated[\s_]*=?[\s_]*(true|yes|1)([^a-z0-9]|$)`,
	`siglevel[\s_]*=[\s_]*never`,
	`--trusted-host`,
])

# A script without what it only prints: what echo and printf are given is no option of theirs. It is one
# as soon as anything may read it, so nothing is taken out where the script has a pipe, a redirection,
# a group, a substitution or a variable ($_ is the last argument, printf -v sets one), or where echo may
# be another program's name.
unprinted(script) := regex.replace(script, printing, "$1") if {
	not regex.match("[(){}<>`$!]|(^|[^|])[|]([^|]|$)|\\b(alias|builtin|disable|enable|eval|hash)\\b", script)
} else := script

printing := `(^(?:(?:\S*/)?(?:ba|da|a)?sh\s+-[A-Za-z]*c\s+)?|[;&|\n])[ \t]*(?:echo[ \t]|printf[ \t]+[^-;&|\s])[^;&|\n]*`

arguments := `\s+(-[otca]\s+\S+\s+|-\S+\s+)*`

families := [
	{
		"program": `(apt-get|apt|aptitude)`,
		"update": `update`,
		"install": `install`,
		"use": `(install|upgrade|dist-upgrade|full-upgrade|build-dep|download)`,
		"clean": `(rm\s+-\S+\s+[^;&|\n]*/var/lib/apt(\s|/[*]|/lists|$)|find\s+/var/lib/apt/lists[^;&|\n]*-delete|apt(-get)?\s+(-\S+\s+)*dist-?clean)`,
	},
	{
		"program": `apk`,
		"update": `update`,
		"install": `add`,
		"use": `(add|upgrade|fetch)`,
		"clean": `(apk\s[^;&|\n]*--no-cache|rm\s+-\S+\s+[^;&|\n]*/var/cache/apk)`,
	},
	{
		"program": `(yum|dnf|microdnf)`,
		"update": `makecache`,
		"install": `install`,
		"use": `(install|update|upgrade)`,
		"clean": `((yum|dnf|microdnf)\s+(-\S+\s+)*clean\s+all|rm\s+-\S+\s+[^;&|\n]*/var/cache/(yum|dnf))`,
	},
	{
		"program": `zypper`,
		"update": `(refresh|ref)`,
		"install": `(install|in)`,
		"use": `(install|in|update|up|patch)`,
		"clean": `(zypper\s+(-\S+\s+)*(clean|cc)|rm\s+-\S+\s+[^;&|\n]*/var/cache/zypp)`,
	},
]

# METADATA
# description: Whether a script updates the lists of packages, and does not use them.
updates_alone(scripts) if {
	some family in families
	runs(scripts, concat("", [family.program, arguments, family.update, ends]))
	not uses(family, scripts)
}

uses(family, scripts) if runs(scripts, concat("", [family.program, arguments, family.use, ends]))

# METADATA
# description: |
#   Whether a script installs packages, and leaves the lists or caches of the package manager. With
#   a mount of a cache over them they are not in the image.
leaves_cache(scripts, text) if {
	some family in families
	runs(scripts, concat("", [family.program, arguments, family.install, ends]))
	not cleans(family, scripts)
	not mounted(text)
}

cleans(family, scripts) if {
	clean := family.clean
	runs(scripts, clean)
}

# Behind RUN, or where buildah has it, behind the shell.
mounted(text) if regex.match(`^([Rr][Uu][Nn]\s+)?(\S*sh\s+-c\s+)?(--\S+\s+)*--mount=\S*type=(cache|tmpfs)`, text)

mode := `[=+]?0*(([0246]?[0-7])?[0-7])?[2367]|(\S*,)?[ug]*[oa][ugoa]*[+=][rxXst]*w[rwxXst]*`

# METADATA
# description: |
#   Whether a script makes files writable for everybody. Directories with the sticky bit, such as
#   /tmp, are meant to be so.
world_writable(scripts) if runs(scripts, concat("", [`chmod\s+(-\S+\s+)*(`, mode, `)(,|`, ends, `)`]))

world_writable(scripts) if runs(scripts, concat("", [
	`(install|mkdir|mkfifo)\s([^;&|\n]*\s)?(-[A-Za-z]*m\s*|--mode[=\s])(`, mode, `)`, ends,
]))

# METADATA
# description: Whether COPY or ADD makes files writable for everybody.
copied_writable(text) if regex.match(concat("", [`--chmod=["']?(`, mode, `)["']?(\s|$)`]), text)

# METADATA
# description: Whether ADD, whose text this is, takes something from a URL, in the shell form or as JSON.
adds_url(text) if regex.match(`[\s"'\[,]((https?|ftp|git|ssh)://|git@)`, lower(text))

# METADATA
# description: Whether ADD is given the checksum of what it adds.
adds_checked(text) if regex.match(`^\S+\s+(--\S+\s+)*--checksum=\S`, text)
