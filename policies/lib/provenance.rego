# METADATA
# title: Provenance that was verified
# description: |
#   What is asked of provenance is asked of every statement that was verified, so that no two of
#   them, each good for one question only, pass for one that is good for all.
package policyengine.lib.provenance

import data.policyengine.lib.references

# METADATA
# description: The indexes of the attestations that are SLSA provenance and were verified.
verified contains index if {
	some index, attestation in input.trust.attestations
	attestation.verified == true
	startswith(attestation.predicate_type, "https://slsa.dev/provenance/")
	is_object(attestation.build)
}

# METADATA
# description: What there is to judge. Without provenance that is one build of which nothing is known.
judged contains found if {
	some index in verified
	found := {"build": input.trust.attestations[index].build, "path": ["trust", "attestations", index, "build"]}
}

judged contains {"build": nothing, "path": ["trust", "attestations"]} if {
	count(verified) == 0
	not references.dockerfile_alone
}

nothing := {
	"builder_id": null,
	"source_repository": null,
	"source_ref": null,
	"level": null,
	"resolved_dependencies": [],
}

# METADATA
# description: Whether the text is known, and matches one of the patterns.
fits(text, patterns) if {
	is_string(text)
	some pattern in patterns
	glob.match(pattern, ["/"], text)
}

# METADATA
# description: The text, or that it is not known.
shown(text) := text if is_string(text)

shown(text) := "not known" if not is_string(text)
