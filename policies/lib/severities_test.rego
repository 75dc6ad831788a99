package policyengine.lib.severities_test

import data.policyengine.lib.severities

word(scanner, kind, severity) := {"scanner": scanner, "kind": kind, "chosen": true, "severity": severity}

rated(severity, words) := {"severity": severity, "severities": words}

test_the_highest_is_what_the_document_says if {
	severities.of(rated("high", []), "highest") == "high"
}

test_the_vendor_comes_first_and_the_highest_stands_in_for_it if {
	words := [word("a", "nvd", "critical"), word("a", "vendor", "low"), word("b", "vendor", "medium")]
	severities.of(rated("critical", words), "vendor") == "medium"
	severities.of(rated("critical", [word("a", "nvd", "critical")]), "vendor") == "critical"
	severities.of(rated("critical", [word("a", "vendor", "unknown")]), "vendor") == "critical"
}

test_two_scanners_agree_on_the_second_highest if {
	three := [word("a", "nvd", "critical"), word("b", "nvd", "high"), word("c", "nvd", "low")]
	severities.of(rated("critical", three), "agreement") == "high"
}

test_without_two_scanners_there_is_nothing_to_agree_on if {
	severities.of(rated("critical", [word("a", "nvd", "critical")]), "agreement") == "critical"
	unknown := [word("a", "nvd", "critical"), word("b", "nvd", "unknown")]
	severities.of(rated("critical", unknown), "agreement") == "critical"
	same := [word("a", "nvd", "critical"), word("a", "vendor", "low")]
	severities.of(rated("critical", same), "agreement") == "critical"
}

test_words_that_are_only_passed_on_do_not_agree if {
	passed_on := object.union(word("b", "nvd", "critical"), {"chosen": false})
	words := [word("a", "nvd", "critical"), passed_on, word("b", "vendor", "low")]
	severities.of(rated("critical", words), "agreement") == "low"
}
