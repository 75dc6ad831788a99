# METADATA
# title: How the image was asked for
package policyengine.lib.references

# METADATA
# description: |
#   Whether the image was asked for by digest. In the name of a file the sign means nothing.
by_digest if {
	input.subject.transport in {"registry", "docker-daemon"}
	contains(input.subject.reference, "@sha")
}

# METADATA
# description: Whether a list of environments means the one at hand; * means all, also when none is named.
means_here(environments) if "*" in environments

means_here(environments) if input.environment in environments
