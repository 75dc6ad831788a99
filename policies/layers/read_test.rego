package policyengine.layers.read_test

import data.policyengine.layers.read

test_an_image_whose_layers_were_not_read_is_warned_about if {
	read.warn == {{
		"msg": "the layers were not read: nobody looked for setuid files, world-writable files and credentials in them",
		"paths": [["evidence", "layers", "status"]],
	}} with input as {"image": {}}
}

test_an_image_whose_layers_were_read_is_not_warned_about if {
	read.warn == set() with input as {"image": {}, "layers": {"layers": []}}
}

test_without_the_image_nothing_is_said if read.warn == set() with input as {}
