package policyengine.lib.patterns_test

import data.policyengine.lib.patterns

test_a_star_stands_for_no_slash_in_the_name_of_an_image if {
	patterns.repository_matches("r.example/*", "r.example/web")
	not patterns.repository_matches("r.example/*", "r.example/shop/web")
	patterns.repository_matches("r.example/**", "r.example/shop/web")
	patterns.repository_matches("*/web", "r.example/web")
}

test_a_pattern_of_images_matches_whole_names if {
	patterns.repository_matches("r.example/web", "r.example/web")
	not patterns.repository_matches("r.example/web", "r.example/web2")
	not patterns.repository_matches("example/web", "r.example/web")
}

test_a_star_stands_for_anything_in_the_name_of_a_package if {
	patterns.package_matches("@evil/*", "@evil/a/b.c")
	patterns.package_matches("*", "a/b")
	patterns.package_matches("open*", "OpenSSL")
	patterns.package_matches("openssl", "openssl")
	not patterns.package_matches("openssl", "openssl3")
	not patterns.package_matches("ssl", "openssl")
}

test_the_repository_of_a_reference_has_neither_tag_nor_digest if {
	every pair in [
		["debian", "debian"],
		["debian:13", "debian"],
		["r.example/debian:13", "r.example/debian"],
		["r.example:5000/debian", "r.example:5000/debian"],
		["r.example:5000/a/debian:13", "r.example:5000/a/debian"],
		["debian@sha256:0", "debian"],
		["r.example:5000/debian:13@sha256:0", "r.example:5000/debian"],
		["debian:1:3", "debian"],
	] {
		patterns.repository_of(pair[0]) == pair[1]
	}
}

test_the_tag_is_behind_the_first_colon if {
	patterns.tag_of("debian:13") == "13"
	patterns.tag_of("debian:1:3") == "1:3"
	patterns.tag_of("debian") == ""
}

test_the_last_part_is_behind_the_last_slash if {
	patterns.last_part("r.example/shop/web:1") == "web:1"
	patterns.last_part("web") == "web"
}
