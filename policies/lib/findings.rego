# METADATA
# title: Which findings count
package policyengine.lib.findings

# METADATA
# description: |
#   Whether enough scanners report a finding: with "any" one is enough; with "agreement" two, where
#   another one looked for vulnerabilities too.
reported(_, choice) if choice == "any"

reported(vulnerability, choice) if {
	choice == "agreement"
	count(reporters(vulnerability)) > 1
}

reported(vulnerability, choice) if {
	choice == "agreement"
	count(silent(vulnerability)) == 0
}

# METADATA
# description: |
#   Whether there is a fix: with "any" it is enough that one scanner knows it; with "agreement" two
#   must, or all that report the finding.
fixable(vulnerability, choice) if {
	choice == "any"
	vulnerability.fix_state == "fixed"
}

fixable(vulnerability, choice) if {
	choice == "any"
	count(vulnerability.fixed_versions) > 0
}

fixable(vulnerability, choice) if {
	choice == "agreement"
	count(knowing_a_fix(vulnerability)) > 1
}

fixable(vulnerability, choice) if {
	choice == "agreement"
	count(knowing_a_fix(vulnerability)) > 0
	count(reporters(vulnerability) - knowing_a_fix(vulnerability)) == 0
}

# METADATA
# description: |
#   The VEX statements by which a finding does not count: those of trusted authors that say
#   not_affected and why, unless a trusted author says that it is affected or not yet known.
dismissals(vulnerability, authors, signers) := {statement |
	some statement in vulnerability.vex
	statement.status == "not_affected"
	explained(statement)
	trusted(statement, authors, signers)
	count(objections(vulnerability, authors, signers)) == 0
}

objections(vulnerability, authors, signers) := {statement |
	some statement in vulnerability.vex
	statement.status in {"affected", "under_investigation"}
	trusted(statement, authors, signers)
}

# METADATA
# description: |
#   Whether the bundle trusts who made a VEX statement: by the name that the document gives itself, or
#   by the signer who attested it for this image.
trusted(statement, authors, _) if statement.author in authors

trusted(statement, _, signers) if {
	statement.verified
	statement.signer in signers
}

explained(statement) if statement.justification != null

explained(statement) if statement.impact_statement != null

reporters(vulnerability) := {entry.scanner | some entry in vulnerability.reported_by}

silent(vulnerability) := {entry.scanner | some entry in vulnerability.not_reported_by} - reporters(vulnerability)

knowing_a_fix(vulnerability) := {entry.scanner |
	some entry in vulnerability.fixes
	known_fix(entry)
}

known_fix(entry) if entry.fix_state == "fixed"

known_fix(entry) if count(entry.fixed_versions) > 0
