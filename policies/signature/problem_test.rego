package policyengine.signature.problem_test

import data.policyengine.signature.problem

warned(found) := result if {
	result := problem.warn with input as {"trust": {"signatures": [{"kind": "cosign", "problem": found}]}}
}

test_a_signature_that_does_not_hold_is_warned_about if {
	warned("signed by nobody known") == {{
		"msg": "a signature by cosign does not hold: signed by nobody known",
		"paths": [["trust", "signatures", 0, "problem"]],
	}}
}

test_a_signature_that_holds_is_not_warned_about if warned(null) == set()

test_without_trust_data_nothing_is_said if count(problem.warn) == 0 with input as {}
