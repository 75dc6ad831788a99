package policyengine.image.command_test

import data.policyengine.image.command

denied(config) := result if {
	result := command.deny with input as {"image": {"config": config}}
}

test_an_image_that_starts_nothing_is_denied if {
	every config in [{}, {"Entrypoint": []}, {"Entrypoint": [], "Cmd": []}] {
		count(denied(config)) == 1
	}
}

test_an_image_that_starts_something_is_not_denied if {
	denied({"Entrypoint": ["/app"]}) == set()
	denied({"Entrypoint": [], "Cmd": ["/app"]}) == set()
}

test_without_the_image_it_starts_nothing if count(command.deny) == 1 with input as {}

test_the_whole_result_of_deny if {
	command.deny == {{"msg": "the image has neither entrypoint nor command", "paths": [["image", "config", "Entrypoint"], ["image", "config", "Cmd"]]}} with input as {}
}
