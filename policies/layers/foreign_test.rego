package policyengine.layers.foreign_test

import data.policyengine.layers.foreign

reasons(media_type) := result if {
	result := foreign.deny with input as {"image_manifest": {"layers": [{"digest": "sha256:0", "media_type": media_type}]}}
}

test_layers_from_elsewhere_are_denied if {
	every media_type in [
		"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	] {
		some reason in reasons(media_type)
		reason.layer == "sha256:0"
		reason.paths == [["image_manifest", "layers", 0]]
		contains(reason.msg, media_type)
	}
}

test_layers_of_the_image_are_not_denied if {
	count(reasons("application/vnd.oci.image.layer.v1.tar+gzip")) == 0
	count(reasons("application/vnd.docker.image.rootfs.diff.tar.gzip")) == 0
}

test_without_a_manifest_nothing_is_said if {
	count(foreign.deny) == 0 with input as {"image_manifest": null}
	count(foreign.deny) == 0 with input as {}
}

test_the_whole_result_of_deny if {
	foreign.deny == {{"layer": "sha256:0", "msg": "the layer sha256:0 is stored elsewhere: its media type is application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "paths": [["image_manifest", "layers", 0]]}} with input as {"image_manifest": {"layers": [{"digest": "sha256:0", "media_type": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}]}}
}

test_the_whole_result_of_deny_2 if {
	foreign.deny == {{"layer": "sha256:0", "msg": "the layer sha256:0 is stored elsewhere: its media type is application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "paths": [["image_manifest", "layers", 0]]}} with input as {"image_manifest": {"layers": [{"digest": "sha256:0", "media_type": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"}]}}
}
