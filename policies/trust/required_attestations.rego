package policyengine.trust.required_attestations

import data.policyengine.lib.references

# METADATA
# title: Required attestations are there
# description: |
#   The parameter required_attestations lists patterns of predicate types; of each there must be an
#   attestation about this image that was verified.
# custom:
#   id: trust.required_attestations
#   severity: high
#   remediation: Attest what is missing, as with cosign attest.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [required_attestations]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some pattern in data.parameters.required_attestations
	not attested(pattern)
	not references.dockerfile_alone
	reason := {
		"msg": sprintf("there is no attestation that holds of type %s", [pattern]),
		"paths": [["trust", "attestations"]],
	}
}

attested(pattern) if {
	some attestation in input.trust.attestations
	attestation.verified == true
	glob.match(pattern, null, attestation.predicate_type)
}
