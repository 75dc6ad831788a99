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

order := ["unknown", "none", "negligible", "low", "medium", "high", "critical"]

test_every_severity_has_its_place_on_the_scale if {
	found := {[severity, threshold] |
		some severity in order
		some threshold in order
		severities.at_least(severity, threshold)
	}
	found == {[severity, threshold] |
		some at, severity in order
		some than, threshold in order
		at >= than
	}
}

test_a_word_that_is_not_on_the_scale_is_neither_reached_nor_reaches if {
	not severities.at_least("critical", "off")
	not severities.at_least("severe", "unknown")
}

test_the_word_of_each_rank_is_given_back if {
	every severity in array.slice(order, 1, 7) {
		severities.of(rated("unknown", [word("a", "vendor", severity)]), "vendor") == severity
		both := [word("a", "nvd", severity), word("b", "nvd", severity)]
		severities.of(rated("unknown", both), "agreement") == severity
	}
	severities.words == order
}

test_what_is_not_of_the_vendor_or_only_passed_on_does_not_count if {
	passed_on := object.union(word("b", "vendor", "critical"), {"chosen": false})
	words := [word("a", "nvd", "high"), passed_on]
	severities.of(rated("high", words), "agreement") == "high"
	severities.of(rated("high", words), "vendor") == "critical"
	severities.of(rated("low", [word("a", "nvd", "high"), passed_on, word("b", "nvd", "low")]), "agreement") == "low"
}

test_where_none_agree_the_highest_stands_in if {
	every choice in ["highest", "vendor", "agreement"] {
		severities.of(rated("medium", []), choice) == "medium"
	}
	passed_on := object.union(word("b", "nvd", "high"), {"chosen": false})
	severities.of(rated("critical", [word("a", "nvd", "high"), passed_on]), "agreement") == "critical"
}

test_another_choice_is_no_choice if {
	words := [word("a", "vendor", "high"), word("b", "vendor", "high")]
	not severities.of(rated("high", words), "any")
	not severities.of(rated("high", []), "any")
}
