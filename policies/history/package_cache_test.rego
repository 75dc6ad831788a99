package policyengine.history.package_cache_test

import data.policyengine.history.package_cache

warned(command) := result if {
	result := count(package_cache.warn) with input as {"image": {"layers": ["sha256:0"], "history": [{"created_by": command, "layer": "sha256:1"}]}}
}

test_what_it_looks_for_is_warned if {
	every command in ["/bin/sh -c apt-get update && apt-get install -y curl", "RUN /bin/sh -c apt install -y curl # buildkit", "/bin/sh -c apk add curl", "/bin/sh -c yum -y install curl", "/bin/sh -c dnf install -y curl"] {
		warned(command) == 1
	}
}

test_other_steps_are_not_warned if {
	every command in ["/bin/sh -c apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", "/bin/sh -c apt-get install -y x && apt-get clean && rm -r /var/lib/apt/lists", "/bin/sh -c apk add --no-cache curl", "/bin/sh -c apk add curl && rm -rf /var/cache/apk/*", "/bin/sh -c yum -y install curl && yum clean all", "/bin/sh -c dnf install -y x && dnf -y clean all", "/bin/sh -c echo apt-get install", "RUN --mount=type=cache,target=/var/cache/apk /bin/sh -c apk add x # buildkit", "RUN --mount=type=tmpfs,target=/var/cache/dnf /bin/sh -c dnf install -y x # buildkit", "/bin/sh -c yum install -y x && rm -rf /var/cache/yum", "RUN --mount=type=cache,target=/var/lib/apt/lists /bin/sh -c apt-get install -y x # buildkit"] {
		warned(command) == 0
	}
}

test_the_step_is_named if {
	some reason in package_cache.warn with input as {"image": {"history": [{"created_by": "x", "layer": null}, {"created_by": "/bin/sh -c apt-get update && apt-get install -y curl", "layer": "sha256:1"}]}}
	reason.step == 1
	reason.paths == [["image", "history", 1, "created_by"]]
	contains(reason.msg, "/bin/sh -c apt-get update && apt-get install -y curl")
}

test_without_the_image_nothing_is_said if count(package_cache.warn) == 0 with input as {}

test_the_whole_result_of_warn if {
	package_cache.warn == {{"msg": "step 0 of the image history (/bin/sh -c apk add curl) leaves lists or caches of packages", "paths": [["image", "history", 0, "created_by"]], "step": 0}} with input as {"image": {"history": [{"created_by": "/bin/sh -c apk add curl", "layer": "sha256:1"}], "layers": ["sha256:0"]}}
}
