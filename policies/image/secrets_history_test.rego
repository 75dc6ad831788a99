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
		"RUN MODE=token git clone https://me:secret@host/x",
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

test_the_whole_result_of_deny if {
	secrets_history.deny == {{"msg": "step 0 of the image history holds a secret: DB_PASSWORD", "paths": [["image", "history", 0, "created_by"]]}} with input as {"image": {"history": [{"created_by": "ENV DB_PASSWORD=hunter2"}]}}
		with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny_2 if {
	secrets_history.deny == {{"msg": "step 0 of the image history holds a secret: KEY", "paths": [["image", "history", 0, "created_by"]]}} with input as {"image": {"history": [{"created_by": "ENV KEY=AKIAABCDEFGHIJKLMNOP"}]}}
		with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny_3 if {
	secrets_history.deny == {{"msg": "step 0 of the image history holds a secret: API_KEY", "paths": [["image", "history", 0, "created_by"]]}} with input as {"image": {"history": [{"created_by": "RUN API_KEY=\"two words\" run"}]}}
		with data.parameters as {"known_not_secret": []}
}

test_the_whole_result_of_deny_4 if {
	secrets_history.deny == {{"msg": "step 0 of the image history holds a secret", "paths": [["image", "history", 0, "created_by"]]}} with input as {"image": {"history": [{"created_by": "RUN git clone https://me:secret@host/x"}]}}
		with data.parameters as {"known_not_secret": []}
}
