package policyengine.trust.trust_policy_test

import data.policyengine.trust.trust_policy

requirement := {
	"repositories": [],
	"signers": ["release", "security"],
	"threshold": 1,
	"predicate_types": [],
	"applies": true,
	"met_by": [],
	"met": false,
}

reasons(requirements) := result if {
	result := trust_policy.deny with input as {"trust": {"policy": {"requirements": requirements}}}
}

test_an_image_that_does_not_meet_a_requirement_is_denied if {
	some reason in reasons([requirement])
	reason.msg == "the trust policy asks for a signature by 1 of release, security; there are 0"
}

test_attestations_that_are_missing_deny if {
	some reason in reasons([object.union(requirement, {"predicate_types": ["https://slsa.dev/provenance/v1"]})])
	contains(reason.msg, "attestations of https://slsa.dev/provenance/v1 by 1 of")
}

test_only_true_is_met if {
	every met in [false, null, "true", 1] {
		count(reasons([object.union(requirement, {"met": met})])) == 1
	}
}

test_a_requirement_that_is_met_or_does_not_apply_is_not_denied if {
	count(reasons([object.union(requirement, {"met": true})])) == 0
	count(reasons([object.union(requirement, {"applies": false})])) == 0
}

test_all_types_that_would_do_are_named if {
	either := object.union(requirement, {"met": false, "predicate_types": ["a", "b"]})
	some reason in reasons([either])
	startswith(reason.msg, "the trust policy asks for attestations of a, b by ")
}

test_without_a_trust_policy_nothing_is_said if {
	count(trust_policy.deny) == 0 with input as {}
	count(trust_policy.deny) == 0 with input as {"trust": {"policy": null}}
}

test_the_whole_result_of_deny if {
	trust_policy.deny == {{"msg": "the trust policy asks for a signature by 1 of release, security; there are 0", "paths": [["trust", "policy", "requirements"], ["trust", "signatures"], ["trust", "attestations"]]}} with input as {"trust": {"policy": {"requirements": [{"applies": true, "met": 1, "met_by": [], "predicate_types": [], "repositories": [], "signers": ["release", "security"], "threshold": 1}]}}}
}
