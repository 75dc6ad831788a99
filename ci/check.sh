#!/bin/sh
# Judge an image inside a CI job. Everything comes through the environment, never through the text
# of a script, so that no value can become a command.
#
#   POLICYENGINE_IMAGE         the image, as `policyengine check` takes it (required)
#   POLICYENGINE_BUNDLE        bundles, a line each; empty: that of the settings, or baseline
#   POLICYENGINE_EVIDENCE      files or directories of evidence, a line each
#   POLICYENGINE_WAIVERS       waiver files, a line each
#   POLICYENGINE_PARAMS        parameters NAME=VALUE, a line each
#   POLICYENGINE_REPORTS       further reports FORMAT=FILE, a line each
#   POLICYENGINE_ENVIRONMENT   where the image is to run
#   POLICYENGINE_BASELINE      an earlier result: only what is new counts
#   POLICYENGINE_FAIL_ON       deny or warn
#   POLICYENGINE_RESULT        where the result for programs is written [policyengine-result.json]
#
# The exit code is that of `policyengine check`.
set -eu

if [ -z "${POLICYENGINE_IMAGE:-}" ]; then
    echo "check.sh: POLICYENGINE_IMAGE names no image" >&2
    exit 2
fi
result=${POLICYENGINE_RESULT:-policyengine-result.json}
set -- check "--report=json=$result"

# Words end at line ends alone, and no word is a pattern of files.
set -f
IFS='
'
for line in ${POLICYENGINE_BUNDLE:-}; do set -- "$@" "--bundle=$line"; done
for line in ${POLICYENGINE_EVIDENCE:-}; do set -- "$@" "--evidence=$line"; done
for line in ${POLICYENGINE_WAIVERS:-}; do set -- "$@" "--waivers=$line"; done
for line in ${POLICYENGINE_PARAMS:-}; do set -- "$@" "--param=$line"; done
for line in ${POLICYENGINE_REPORTS:-}; do set -- "$@" "--report=$line"; done
[ -z "${POLICYENGINE_ENVIRONMENT:-}" ] || set -- "$@" "--environment=$POLICYENGINE_ENVIRONMENT"
[ -z "${POLICYENGINE_BASELINE:-}" ] || set -- "$@" "--baseline=$POLICYENGINE_BASELINE"
[ -z "${POLICYENGINE_FAIL_ON:-}" ] || set -- "$@" "--fail-on=$POLICYENGINE_FAIL_ON"

if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'report=%s\n' "$(printf '%s' "$result" | tr -d '\r\n')" >>"$GITHUB_OUTPUT"
fi
# Behind -- a name is a name, whatever it begins with.
exec policyengine "$@" -- "$POLICYENGINE_IMAGE"
