package policyengine.provenance.present

import data.policyengine.lib.provenance
import data.policyengine.lib.references

# METADATA
# title: There is provenance
# description: |
#   Provenance says who built the image, from what, and how. Only what was verified, and is about
#   this image, counts.
# custom:
#   id: provenance.present
#   severity: high
#   remediation: Have the builder attest the provenance of the image.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   evidence:
#     optional: [trust]
deny contains reason if {
	count(provenance.verified) == 0
	not references.dockerfile_alone
	reason := {
		"msg": "there is no provenance of the image that holds",
		"paths": [["trust", "attestations"]],
	}
}
