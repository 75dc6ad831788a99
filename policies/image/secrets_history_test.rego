package policyengine.image.secrets_history_test

import data.policyengine.image.secrets_history

found(command, accepted) := result if {
	result := count(secrets_history.deny) with input as {"image": {"history": [{"created_by": command}]}}
		with data.parameters as {"known_not_secret": accepted}
}

test_a_secret_is_denied if {
	every command in [
		"ENV DB_PASSWORD=hunter2",
		"ENV KEY=AKIAABCDEFGHIJKLMNOP",
		"|1 NPM_TOKEN=abc /bin/sh -c npm install",
		"RUN |2 A=b GIT_TOKEN=ghp_x /bin/sh -c git clone # buildkit",
		"/bin/sh -c export API_KEY='two words' && run",
		"RUN curl -H 'X: AKIAABCDEFGHIJKLMNOP' http://x",
		"RUN API_KEY=\"two words\" run",
		"/bin/sh -c set -eux;\tAPI_KEY=abc\trun",
		"RUN git clone https://me:secret@host/x",
		"RUN echo '-----BEGIN PRIVATE KEY-----' > /k",
	] {
		found(command, []) == 1
	}
}

test_ordinary_commands_are_not_denied if {
	every command in [
		"COPY . /app # buildkit",
		"ENV PATH=/usr/bin:/bin",
		"RUN apt-get install -y openssl",
		"ENTRYPOINT [\"/app\" \"--token-file=/run/token\"]",
		"ARG NPM_TOKEN",
		"ENV TOKEN_FILE=/run/secrets/token",
	] {
		found(command, []) == 0
	}
}

test_an_accepted_name_is_not_denied if found("ENV API_KEY=public", ["API_KEY"]) == 0

test_without_history_nothing_is_said if {
	count(secrets_history.deny) == 0 with input as {} with data.parameters as {"known_not_secret": []}
}
