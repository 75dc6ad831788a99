package policyengine.signature.notary_anchor

# METADATA
# title: The root of a Notary repository is known
# description: |
#   A root that is believed because it came first could be anybody's: whoever answers the first
#   question sets it.
# custom:
#   id: signature.notary_anchor
#   severity: medium
#   remediation: Pin the root key of the repository in the trust policy.
#   controls: [CIS-Docker-4.5, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [cis-docker, nist-800-190, supply-chain]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some index, record in input.trust.records
	record.anchor == "first_use"
	reason := {
		"msg": "the root of the Notary repository was taken on first use",
		"repository": record.repository,
		"paths": [["trust", "records", index, "anchor"], ["trust", "records", index, "repository"]],
	}
}
