package policyengine.image.stop_signal

# METADATA
# title: The stop signal can be handled
# description: A process that is stopped by KILL cannot finish what it began.
# custom:
#   id: image.stop_signal
#   severity: low
#   remediation: Leave STOPSIGNAL out, or name a signal that the process handles.
#   controls: [NIST-800-190-4.1.2, OWASP-Docker-D04]
#   collections: [nist-800-190, production]
deny contains reason if {
	signal := input.image.config.StopSignal
	lower(signal) in {"sigkill", "kill", "9", "sigstop", "stop", "19"}
	reason := {
		"msg": sprintf("the stop signal %s cannot be handled", [signal]),
		"paths": [["image", "config", "StopSignal"]],
	}
}
