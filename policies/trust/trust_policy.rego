package policyengine.trust.trust_policy

import data.policyengine.lib.signatures

# METADATA
# title: The trust policy is met
# description: |
#   The trust policy file (--trust-policy) says who must have signed, or attested, which
#   repositories. Each of its requirements that means this image must be met by signatures that
#   were verified here; what another program recorded does not count.
# custom:
#   id: trust.policy
#   severity: critical
#   remediation: Have the signers that the requirement names sign the image.
#   controls: [CIS-Docker-4.5, CIS-Docker-4.12, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [admission, baseline, cis-docker, nist-800-190, production, supply-chain]
#   parameters: [keys_expire, min_signature_days]
#   evidence:
#     optional: [trust]
deny contains reason if {
	some requirement in input.trust.policy.requirements
	requirement.applies == true
	not still_met(requirement)
	reason := {
		"msg": sprintf(
			"the trust policy asks for %s by %v of %s; there are %v",
			[asked(requirement), requirement.threshold, concat(", ", requirement.signers), count(standing(requirement))],
		),
		"paths": [["trust", "policy", "requirements"], ["trust", "signatures"], ["trust", "attestations"]],
	}
}

asked(requirement) := "a signature" if count(requirement.predicate_types) == 0

asked(requirement) := concat(" ", ["attestations of", concat(", ", requirement.predicate_types)]) if {
	count(requirement.predicate_types) > 0
}

still_met(requirement) if {
	requirement.met == true
	count(standing(requirement)) >= count(requirement.met_by)
}

still_met(requirement) if {
	requirement.met == true
	count(standing(requirement)) >= requirement.threshold
}

# Attestations have no end of their own.
standing(requirement) := {name | some name in requirement.met_by} - lapsed if count(requirement.predicate_types) == 0

standing(requirement) := {name | some name in requirement.met_by} if count(requirement.predicate_types) > 0

# Whoever signed, and of whom nothing holds any more.
lapsed := {signature.signer | some signature in input.trust.signatures; signature.verified == true} - {signer |
	some index in signatures.holding
	signer := input.trust.signatures[index].signer
}
