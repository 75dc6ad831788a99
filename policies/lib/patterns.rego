# METADATA
# title: Name patterns
# description: |
#   Patterns as in a shell: * stands for any characters but a slash in names of images, and for
#   any characters at all in names of packages. A pattern matches a whole name, never a part of it.
package policyengine.lib.patterns

# METADATA
# description: Whether a repository name, with its registry, matches the pattern.
repository_matches(pattern, name) if glob.match(pattern, ["/"], name)

# METADATA
# description: Whether a package name matches the pattern.
package_matches(pattern, name) if glob.match(pattern, null, lower(name))

# METADATA
# description: A reference without its digest and tag. A colon before the last slash is a port.
repository_of(reference) := name if {
	undigested := split(reference, "@")[0]
	parts := split(undigested, "/")
	last := parts[count(parts) - 1]
	name := trim_suffix(undigested, concat("", [":", tag_of(last)]))
}

tag_of(last) := concat(":", array.slice(split(last, ":"), 1, count(split(last, ":"))))

# METADATA
# description: The part of a reference behind its last slash.
last_part(reference) := parts[count(parts) - 1] if parts := split(reference, "/")
