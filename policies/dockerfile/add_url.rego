package policyengine.dockerfile.add_url

import data.policyengine.lib.commands
import data.policyengine.lib.dockerfiles

# METADATA
# title: The Dockerfile adds nothing from a URL
# description: |
#   ADD with a URL takes whatever is there on the day of the build, unless a checksum is given.
# custom:
#   id: dockerfile.add_url
#   severity: medium
#   remediation: Download with RUN and compare the digest, or use ADD --checksum.
#   controls: [CIS-Docker-4.9, NIST-800-190-3.1.5, NIST-800-190-4.1.5, OWASP-Docker-D08, SSDF-PW.4.4]
#   collections: [cis-docker, dockerfile, nist-800-190, production]
#   evidence:
#     optional: [dockerfile]
deny contains reason if {
	some found in dockerfiles.instructions
	found.keyword in {"ADD"}
	some text in found.texts
	commands.adds_url(text)
	not checked(found)
	reason := dockerfiles.reason(found, "adds from a URL")
}

# The text with variables put in has no flags.
checked(found) if commands.adds_checked(found.text)
