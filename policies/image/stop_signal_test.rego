package policyengine.image.stop_signal_test

import data.policyengine.image.stop_signal

denied(config) := result if {
	result := stop_signal.deny with input as {"image": {"config": config}}
}

test_a_signal_that_cannot_be_handled_is_denied if {
	every signal in ["SIGKILL", "sigkill", "KILL", "9", "SIGSTOP", "STOP", "19"] {
		some reason in denied({"StopSignal": signal})
		reason.msg == sprintf("the stop signal %s cannot be handled", [signal])
		reason.paths == [["image", "config", "StopSignal"]]
	}
}

test_another_signal_is_not_denied if {
	denied({"StopSignal": "SIGQUIT"}) == set()
	denied({}) == set()
}

test_without_the_image_nothing_is_said if count(stop_signal.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	stop_signal.deny == {{"msg": "the stop signal 9 cannot be handled", "paths": [["image", "config", "StopSignal"]]}} with input as {"image": {"config": {"StopSignal": "9"}}}
}

test_the_whole_result_of_deny_2 if {
	stop_signal.deny == {{"msg": "the stop signal KILL cannot be handled", "paths": [["image", "config", "StopSignal"]]}} with input as {"image": {"config": {"StopSignal": "KILL"}}}
}

test_the_whole_result_of_deny_3 if {
	stop_signal.deny == {{"msg": "the stop signal STOP cannot be handled", "paths": [["image", "config", "StopSignal"]]}} with input as {"image": {"config": {"StopSignal": "STOP"}}}
}

test_the_whole_result_of_deny_4 if {
	stop_signal.deny == {{"msg": "the stop signal SIGKILL cannot be handled", "paths": [["image", "config", "StopSignal"]]}} with input as {"image": {"config": {"StopSignal": "SIGKILL"}}}
}
