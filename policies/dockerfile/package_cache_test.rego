package policyengine.dockerfile.package_cache_test

import data.policyengine.dockerfile.package_cache

warned(text) := result if {
	item := {"instruction": split(text, " ")[0], "original": text, "line": 7}
	result := package_cache.warn with input as {"dockerfile": {"stages": [{"instructions": [item]}]}}
}

test_what_it_looks_for_is_warned if {
	every text in ["RUN apt-get update && apt-get install -y x", "RUN apt install x", "RUN apk add x"] {
		some reason in warned(text)
		reason.line == 7
		reason.paths == [["dockerfile", "stages", 0, "instructions", 0]]
		reason.msg == sprintf("line 7 (%s) leaves lists or caches of packages", [text])
	}
}

test_other_instructions_are_not_warned if {
	every text in ["RUN apt-get install x && rm -rf /var/lib/apt/lists/*", "RUN --mount=type=cache,target=/var/lib/apt apt-get install x", "RUN apk add --no-cache x", "COPY apt-get install x"] {
		warned(text) == set()
	}
}

test_without_a_dockerfile_nothing_is_said if count(package_cache.warn) == 0 with input as {}
