# METADATA
# title: How the image was asked for
package policyengine.lib.references

import data.policyengine.lib.patterns

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

# METADATA
# description: The name of the repository with its registry; undefined for an image without a name.
repository := sprintf("%s/%s", [input.subject.registry, input.subject.repository]) if {
	is_string(input.subject.registry)
	is_string(input.subject.repository)
}

# METADATA
# description: |
#   Whether what is asked of repositories of this pattern is asked of the image. An image without a
#   name could be of any.
asked_by(pattern) if patterns.repository_matches(pattern, repository)

asked_by(_) if input.subject.repository == null

asked_by(_) if input.subject.registry == null

# METADATA
# description: Whether a Dockerfile is judged without an image, which has no reports of one.
dockerfile_alone if input.subject.transport == "dockerfile"
