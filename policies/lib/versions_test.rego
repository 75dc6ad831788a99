package policyengine.lib.versions_test

import data.policyengine.lib.versions

test_versions_are_compared_by_number if {
	every pair in [
		["1.10", "1.9"], ["1.2", "1.2.0"], ["1.2.0", "1.2"], ["2", "1.9.9"], ["1:1.3", "1.2"], ["v1.2", "1.2"],
		["1.2-rc1", "1.2"], ["1.2", "v1.2"], ["1.2.3", "1.2"], ["10.0", "10"], ["1.2", "1:1.2"], ["0.10", "0.9"],
	] {
		versions.at_least(pair[0], pair[1])
	}
	every pair in [
		["1.9", "1.10"], ["1.2", "1.2.1"], ["5:1.1", "1.2"], ["1", "1.0.1"], [null, "1"], ["unknown", "0"], ["", "0"],
		["10", "10.1"], ["1.0", "10"],
	] {
		not versions.at_least(pair[0], pair[1])
	}
}

test_what_is_no_text_is_no_version if {
	every version in [null, 2, true, [], {}] {
		not versions.at_least(version, "1")
	}
}

test_what_stands_before_and_behind_the_numbers_does_not_count if {
	every pair in [
		["1:2.10.0-3", [2, 10]], ["v2", [2]], ["V2.1rc1", [2, 1]], ["7:v1.0.0", [1]], ["0", [0]], ["1.2.3.4", [1, 2, 3, 4]],
		["1.2 3.4", [1, 2]], ["1.", [1]], ["10.20", [10, 20]],
	] {
		versions.numbers(pair[0]) == pair[1]
	}
	every text in ["", "latest", "-1", " 1", ":1", "vv1"] {
		not versions.numbers(text)
	}
}
