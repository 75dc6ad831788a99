package policyengine.image.onbuild_test

import data.policyengine.image.onbuild

denied(config) := result if {
	result := onbuild.deny with input as {"image": {"config": config}}
}

test_each_trigger_is_denied if {
	found := denied({"OnBuild": ["COPY . /src", "RUN make"]})
	{reason.msg | some reason in found} == {"the image has a trigger: ONBUILD COPY . /src", "the image has a trigger: ONBUILD RUN make"}
	{reason.paths | some reason in found} == {[["image", "config", "OnBuild", 0]], [["image", "config", "OnBuild", 1]]}
}

test_an_image_without_triggers_is_not_denied if {
	denied({}) == set()
	denied({"OnBuild": []}) == set()
}

test_without_the_image_nothing_is_said if count(onbuild.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	onbuild.deny == {{"msg": "the image has a trigger: ONBUILD COPY . /src", "paths": [["image", "config", "OnBuild", 0]]}, {"msg": "the image has a trigger: ONBUILD RUN make", "paths": [["image", "config", "OnBuild", 1]]}} with input as {"image": {"config": {"OnBuild": ["COPY . /src", "RUN make"]}}}
}
