package policyengine.image.sensitive_volumes_test

import data.policyengine.image.sensitive_volumes

denied(config) := result if {
	result := sensitive_volumes.deny with input as {"image": {"config": config}}
}

test_a_volume_over_a_system_directory_is_denied if {
	every path in [
		"/", "/bin", "/boot", "/dev", "/etc", "/etc/", "/lib", "/lib64", "/proc", "/root", "/run", "/run/docker.sock",
		"/sbin", "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/sbin", "/var/run",
		"/var/run/docker.sock",
	] {
		some reason in denied({"Volumes": {path: {}, "/data": {}}})
		reason.path == path
		reason.paths == [["image", "config", "Volumes", path]]
		reason.msg == concat(" ", ["the image declares a volume over", path])
	}
}

test_a_volume_for_data_is_not_denied if {
	denied({"Volumes": {"/data": {}, "/etc/app": {}, "/var/lib/app": {}, "/etc~": {}}}) == set()
}

test_without_the_image_nothing_is_said if count(sensitive_volumes.deny) == 0 with input as {}

test_the_whole_result_of_deny if {
	sensitive_volumes.deny == {{"msg": "the image declares a volume over /", "path": "/", "paths": [["image", "config", "Volumes", "/"]]}} with input as {"image": {"config": {"Volumes": {"/": {}, "/data": {}}}}}
}

test_the_whole_result_of_deny_2 if {
	sensitive_volumes.deny == {{"msg": "the image declares a volume over /bin", "path": "/bin", "paths": [["image", "config", "Volumes", "/bin"]]}} with input as {"image": {"config": {"Volumes": {"/bin": {}, "/data": {}}}}}
}

test_the_whole_result_of_deny_3 if {
	sensitive_volumes.deny == {{"msg": "the image declares a volume over /dev", "path": "/dev", "paths": [["image", "config", "Volumes", "/dev"]]}} with input as {"image": {"config": {"Volumes": {"/data": {}, "/dev": {}}}}}
}

test_the_whole_result_of_deny_4 if {
	sensitive_volumes.deny == {{"msg": "the image declares a volume over /etc", "path": "/etc", "paths": [["image", "config", "Volumes", "/etc"]]}} with input as {"image": {"config": {"Volumes": {"/data": {}, "/etc": {}}}}}
}
