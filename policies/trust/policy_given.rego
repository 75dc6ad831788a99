package policyengine.trust.policy_given

import data.policyengine.lib.references

# METADATA
# title: There is a trust policy
# description: |
#   Nobody is believed without a trust policy. With require_trust_policy an image is not judged
#   without one.
# custom:
#   id: trust.policy_given
#   severity: medium
#   remediation: Give the trust policy with --trust-policy, or in the settings.
#   controls: [CIS-Docker-4.5, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PS.2.1]
#   collections: [cis-docker, nist-800-190, supply-chain]
#   parameters: [require_trust_policy]
#   evidence:
#     optional: [trust]
deny contains reason if {
	data.parameters.require_trust_policy
	not given
	not references.dockerfile_alone
	reason := {
		"msg": "there is no trust policy that signatures are held to",
		"paths": [["trust", "policy"]],
	}
}

given if is_object(input.trust.policy)
