package policyengine.history.unverified_download

import data.policyengine.lib.steps

# METADATA
# title: Downloads verify the server
# description: Without the check of the certificate anybody on the way can answer for the server.
# custom:
#   id: history.unverified_download
#   severity: high
#   remediation: Give the certificate authority to the image, and leave the option out.
#   controls: [NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [nist-800-190, production, supply-chain]
deny contains reason if {
	some index, step in input.image.history
	steps.is_run(step.created_by)
	regex.match(`\bcurl\s([^;&|\n]*\s)?(-[A-Za-z]*k[A-Za-z]*|--insecure)(\s|$)|\bwget\s[^;&|\n]*--no-check-certificate|http\.sslVerify\s*=?\s*(false|0)|strict-ssl\s*=?\s*false`, step.created_by)
	reason := {
		"msg": concat(" ", [steps.described(index, step.created_by), "downloads without verifying the server"]),
		"step": index,
		"paths": [["image", "history", index, "created_by"]],
	}
}
