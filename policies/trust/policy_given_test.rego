package policyengine.trust.policy_given_test

import data.policyengine.trust.policy_given

denied(policy, asked) := result if {
	result := policy_given.deny with input as {"trust": {"policy": policy}}
		with data.parameters as {"require_trust_policy": asked}
}

test_without_a_policy_it_is_denied if {
	denied(null, true) == {{"msg": "there is no trust policy that signatures are held to", "paths": [["trust", "policy"]]}}
}

test_a_policy_is_enough if denied({"requirements": []}, true) == set()

test_unless_asked_for_nothing_is_said if denied(null, false) == set()

test_without_trust_data_there_is_no_policy if {
	count(policy_given.deny) == 1 with input as {} with data.parameters as {"require_trust_policy": true}
}

test_a_dockerfile_alone_cannot_have_it if {
	count(policy_given.deny) == 0 with input as object.union({}, {"subject": {"transport": "dockerfile"}}) with data.parameters as {"require_trust_policy": true}
	count(policy_given.deny) == 1 with input as object.union({}, {"subject": {"transport": "oci"}}) with data.parameters as {"require_trust_policy": true}
}
