"""Trust data: one file a format."""

from __future__ import annotations

from policyengine.collect.trust import (
    docker_trust_inspect,
    dsse,
    in_toto_statement,
    sigstore_bundle,
)

FORMATS = (
    docker_trust_inspect.FORMAT,
    dsse.FORMAT,
    in_toto_statement.FORMAT,
    sigstore_bundle.FORMAT,
)
