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

signature(signer, verified, expires_ns) := {"signer": signer, "verified": verified, "keyids": [], "expires_ns": expires_ns}

later(changes, signatures) := result if {
	met := object.union(requirement, object.union({"met": true, "met_by": ["release", "security"]}, changes))
	content := {"evaluated_at": "2027-01-01", "evaluated_at_ns": 10, "trust": {"signatures": signatures, "policy": {"requirements": [met]}}}
	result := trust_policy.deny with input as content with data.parameters as {"keys_expire": {}, "min_signature_days": 0}
}

test_a_signer_whose_signatures_have_ended_is_not_counted if {
	ended := [signature("release", true, 9), signature("security", true, 10), signature("security", false, null)]
	some reason in later({}, ended)
	reason.msg == "the trust policy asks for a signature by 1 of release, security; there are 0"
	some other in later({"threshold": 2}, [signature("release", true, 9), signature("security", true, null)])
	other.msg == "the trust policy asks for a signature by 2 of release, security; there are 1"
}

test_signatures_that_hold_are_enough if {
	later({}, [signature("release", true, 9), signature("security", true, 11)]) == set()
	later({"threshold": 2}, [signature("release", true, 9), signature("release", true, null), signature("security", true, 11)]) == set()
	later({}, []) == set()
	later({}, [signature("release", false, 9), signature("security", false, 9)]) == set()
	count(later({"met": false}, [])) == 1
}

test_attestations_have_no_end if {
	ended := [signature("release", true, 9), signature("security", true, 10)]
	later({"predicate_types": ["a"]}, ended) == set()
}
