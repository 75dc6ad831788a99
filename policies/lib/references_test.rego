package policyengine.lib.references_test

import data.policyengine.lib.references

by_digest(transport, reference) if {
	references.by_digest with input as {"subject": {"transport": transport, "reference": reference}}
}

test_a_digest_is_asked_for_where_names_may_have_one if {
	by_digest("registry", "r.example/a@sha256:0")
	by_digest("registry", "r.example/a:1@sha512:0")
	by_digest("docker-daemon", "a@sha256:0")
	not by_digest("registry", "r.example/a:sha256")
	not by_digest("registry", "r.example/a@1")
	not by_digest("oci-archive", "/tmp/a@sha256:0")
	not by_digest("dockerfile", "a@sha256:0")
}

here(environments, environment) if references.means_here(environments) with input as {"environment": environment}

test_a_list_of_environments_means_those_it_names if {
	here(["test", "production"], "production")
	not here(["test"], "production")
	not here([], "production")
	not here(["test"], null)
}

test_a_star_means_every_environment if {
	here(["*"], "production")
	here(["*"], null)
	references.means_here(["*"]) with input as {}
	not here(["**"], "production")
	not here(["prod*"], "production")
}

named(registry, repository) := {"subject": {"registry": registry, "repository": repository}}

test_a_repository_is_known_with_its_registry if {
	references.repository == "r.example/shop/web" with input as named("r.example", "shop/web")
	every content in [named(null, "web"), named("r.example", null), named(null, null), {}] {
		not references.repository with input as content
	}
}

test_a_pattern_asks_the_repositories_that_it_matches if {
	references.asked_by("r.example/shop/*") with input as named("r.example", "shop/web")
	not references.asked_by("r.example/*") with input as named("r.example", "shop/web")
	not references.asked_by("other.example/**") with input as named("r.example", "shop/web")
}

test_an_image_without_a_name_could_be_of_any if {
	every content in [named(null, "web"), named("r.example", null), named(null, null)] {
		references.asked_by("other.example/web") with input as content
	}
}

test_a_dockerfile_alone_is_known_by_its_transport if {
	references.dockerfile_alone with input as {"subject": {"transport": "dockerfile"}}
	not references.dockerfile_alone with input as {"subject": {"transport": "registry"}}
	not references.dockerfile_alone with input as {}
}
