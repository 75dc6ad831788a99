package policyengine.scan.secrets_test

import data.policyengine.scan.secrets

test_a_secret_in_a_file_is_denied if {
	found := [{"path": "/app/.env", "title": "AWS key", "severity": "critical"}]
	secrets.deny == {{
		"msg": "/app/.env: AWS key",
		"severity": "critical",
		"secret": "AWS key",
		"path": "/app/.env",
		"paths": [["scan", "secrets", 0]],
	}} with input as {"scan": {"secrets": found}}
}

test_a_scan_without_secrets_is_not_denied if count(secrets.deny) == 0 with input as {"scan": {"secrets": []}}

test_without_a_scan_nothing_is_said if {
	count(secrets.deny) == 0 with input as {}
	count(secrets.warn) == 0 with input as {}
}

warned(covers) if {
	count(secrets.warn) == 1 with input as {"scan": {"secrets": [], "reports": [{"covers_secrets": answer} |
		some answer in covers
	]}}
}

test_that_no_scanner_looked_is_told if {
	warned([false])
	warned([false, false])
}

test_a_report_that_does_not_say_where_it_looked_is_not_told if {
	count(secrets.warn) == 0 with input as {"scan": {"secrets": [], "reports": [{"scanner": "trivy"}]}}
}

test_a_report_that_may_have_looked_is_not_told if {
	not warned([false, true])
	not warned([null])
	not warned([])
}

test_the_whole_result_of_warn if {
	secrets.warn == {{"msg": "no scan report is of a scanner that looked for secrets in files", "paths": [["scan", "reports"]], "severity": "low"}} with input as {"scan": {"reports": [{"covers_secrets": false}], "secrets": []}}
}

test_the_whole_result_of_deny_2 if {
	secrets.deny == {{"msg": "/app/.env: AWS key", "path": "/app/.env", "paths": [["scan", "secrets", 0]], "secret": "AWS key", "severity": "critical"}} with input as {"scan": {"secrets": [{"path": "/app/.env", "severity": "critical", "title": "AWS key"}]}}
}
