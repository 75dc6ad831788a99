package policyengine.scan.about_this_image

# METADATA
# title: The scan is about this image
# description: |
#   The parameter accepted_scan_matches says how it must be known that a report is about the image
#   at hand.
# custom:
#   id: scan.about_this_image
#   severity: high
#   remediation: Scan the image by its digest, and give the report that names it.
#   controls: [CIS-Docker-4.4, NIST-800-190-3.1.1, NIST-800-190-4.1.1, OWASP-Docker-D02, OWASP-Docker-D08]
#   collections: [cis-docker, nist-800-190, production]
#   parameters: [accepted_scan_matches]
deny contains reason if {
	some index, report in input.scan.reports
	not accepted(report)
	reason := {
		"msg": sprintf("the report of %s is not known well enough to be about this image: %s", [report.scanner, report.subject_match]),
		"scanner": report.scanner,
		"paths": [["scan", "reports", index, "subject_match"]],
	}
}

accepted(report) if report.subject_match in data.parameters.accepted_scan_matches
