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
