#!/bin/sh
# Install the real components that the integration tests run against: registry, image tools,
# Docker daemon, Notary server, GnuPG, browser, SBOM generator, OPA. What is there already is left as it is.
#
# With root and apt it installs Debian packages; with Go it builds the tools that Debian lacks
# into ${XDG_CACHE_HOME:-$HOME/.cache}/policyengine-tools/bin. What cannot be installed is
# printed, and the tests that need it skip with the reason (with CI set, they fail).
set -eu

tools=${XDG_CACHE_HOME:-$HOME/.cache}/policyengine-tools/bin

# program  Debian package
programs='docker-registry docker-registry
skopeo skopeo
umoci umoci
buildah buildah
dockerd docker.io
notary-server notary
notary notary
gpg gpg
gpg-agent gpg-agent
chromium chromium'

# program  Go module@version with the path of the command
go_programs='crane github.com/google/go-containerregistry/cmd/crane@v0.22.1
syft github.com/anchore/syft/cmd/syft@v1.57.0
opa github.com/open-policy-agent/opa@v1.22.2
cosign github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
conftest github.com/open-policy-agent/conftest@v0.71.1'

# Daemons live in sbin, which is not on everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin:/usr/local/go/bin
missing=

lacking() {
    echo "$programs" | while read -r program package; do
        command -v "$program" >/dev/null || echo "$package"
    done | sort -u
}

packages=$(lacking | tr '\n' ' ')
if [ -n "$packages" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing $packages"
    # The packages start their services; the tests start their own, on their own ports.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # one argument a package
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends $packages; } >/dev/null ||
        echo "setup: apt-get failed" >&2
    packages=$(lacking | tr '\n' ' ')
fi
missing="$missing$packages"

mkdir -p "$tools"
while read -r program module; do
    version=${module##*@}
    if [ -x "$tools/$program" ]; then
        # Without Go the version cannot be asked for; then the tool is taken as it is.
        command -v go >/dev/null || continue
        go version -m "$tools/$program" | grep -q "	mod	.*	$version	" && continue
    fi
    if ! command -v go >/dev/null; then
        missing="$missing$program "
        continue
    fi
    echo "setup: building $program $version"
    GOBIN=$tools CGO_ENABLED=0 go install "$module" || missing="$missing$program "
done <<LIST
$go_programs
LIST

if [ -n "$missing" ]; then
    echo "setup: not installed: $missing(root and apt-get install the packages, Go builds the rest)" >&2
    [ -z "${CI:-}" ] || exit 1
fi
