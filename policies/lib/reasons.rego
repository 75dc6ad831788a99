# METADATA
# title: What a reason about a vulnerability says
package policyengine.lib.reasons

import data.policyengine.lib.findings

# METADATA
# description: |
#   The reason: the message about the vulnerability at this index, and what waivers and
#   comparisons know it by.
about(index, vulnerability, message) := {
	"msg": concat(" ", [described(vulnerability), message]),
	"severity": vulnerability.severity,
	"vulnerability": vulnerability.id,
	"aliases": object.get(vulnerability, "aliases", []),
	"package": vulnerability.package.name,
	"version": object.get(vulnerability.package, "version", null),
	"path": object.get(vulnerability.package, "path", null),
	"paths": [["scan", "vulnerabilities", index]],
}

described(vulnerability) := sprintf("%s (%s) in %s %s", [
	vulnerability.id,
	vulnerability.severity,
	vulnerability.package.name,
	vulnerability.package.version,
])

# METADATA
# description: Whether nobody whom the bundle trusts says that the image is not affected.
stands(vulnerability) if {
	authors := data.parameters.trusted_vex_authors
	signers := data.parameters.trusted_vex_signers
	count(findings.dismissals(vulnerability, authors, signers)) == 0
}
