package policyengine.sbom.attested

# METADATA
# title: The SBOM is attested
# description: |
#   Anybody can write an SBOM. With require_attested_sbom each must be the predicate of an
#   attestation whose signature was found to hold.
# custom:
#   id: sbom.attested
#   severity: medium
#   remediation: Attest the SBOM, as with cosign attest --type cyclonedx.
#   controls: [NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1, SSDF-PS.3.2]
#   collections: [nist-800-190, supply-chain]
#   parameters: [require_attested_sbom]
deny contains reason if {
	data.parameters.require_attested_sbom
	some index, document in input.sbom.documents
	not attested(document)
	reason := {
		"msg": sprintf("the SBOM %v (%s) is not attested by anybody who is trusted", [index, document.format]),
		"paths": [["sbom", "documents", index, "source"], ["evidence", "sbom", "sources", document.source, "attested_by"]],
	}
}

attested(document) if input.evidence.sbom.sources[document.source].attested_by.verified == true
