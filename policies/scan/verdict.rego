package policyengine.scan.verdict

# METADATA
# title: Scanners did not fail the image
# description: Some scanners judge by policies of their own. What one of them fails does not ship.
# custom:
#   id: scan.verdict
#   severity: medium
#   remediation: See what the policy of the scanner asks for.
#   controls: [NIST-800-190-4.1.1, OWASP-Docker-D02]
#   collections: [nist-800-190, production]
deny contains reason if {
	some index, verdict in input.scan.verdicts
	verdict.passed == false
	reason := {
		"msg": sprintf("the policy %s of a scanner fails the image: %s", [verdict.policy, verdict.word]),
		"policy": verdict.policy,
		"paths": [["scan", "verdicts", index]],
	}
}

# METADATA
# title: Scanners say whether the image passes
# description: |
#   A word of a scanner that means neither pass nor fail, or one that is not known, could be a
#   failure.
# custom:
#   id: scan.verdict_unclear
#   severity: low
#   remediation: See what the scanner's word means, and let it end in a pass or a failure.
#   controls: [NIST-800-190-4.1.1, OWASP-Docker-D02]
#   collections: [nist-800-190, production]
warn contains reason if {
	some index, verdict in input.scan.verdicts
	verdict.passed == null
	reason := {
		"msg": sprintf("the policy %s of a scanner neither passes nor fails the image: %s", [verdict.policy, verdict.word]),
		"policy": verdict.policy,
		"paths": [["scan", "verdicts", index]],
	}
}
