#!/bin/sh
# The demonstration: build two images, judge both by the baseline bundle with recorded evidence.
# BIN is the folder of the programs; `make demo` sets it.
set -eu
cd "$(dirname "$0")/.."
policyengine="${BIN:-.venv/bin}/policyengine"
images="${DEMO_DIR:-.cache/demo}"

# The evidence was recorded on this day; ages are reckoned from it.
now=2026-11-24T12:00:00Z

"${BIN:-.venv/bin}/python" examples/build_images.py "$images"

judge() {
    echo
    echo "\$ policyengine check $images/$1.tar --environment production --now $now \\"
    echo "      --param 'required_signers={\"registry.example.com/**\": [\"release\"]}' --evidence examples/$1/evidence"
    code=0
    "$policyengine" check "$images/$1.tar" --environment production --now "$now" \
        --param 'required_signers={"registry.example.com/**": ["release"]}' \
        --evidence "examples/$1/evidence" || code=$?
    if [ "$code" != "$2" ]; then
        echo "the exit code is $code, and should be $2" >&2
        exit 1
    fi
    echo "(exit code $code)"
}

judge insecure 1
judge hardened 0

cat <<'EOF'

The first image is denied, the second allowed. What to try next:

  . .venv/bin/activate
  policyengine check docker-daemon:NAME                 an image of yours; it says what evidence it lacks
  trivy image -f json -o scan.json NAME                 make that evidence with the tools you have
  syft NAME -o cyclonedx-json=sbom.json
  policyengine check NAME --scan scan.json --sbom sbom.json
  policyengine collect NAME -e scan.json -o input.json  see what policies read
  policyengine check --help                             every option
EOF
