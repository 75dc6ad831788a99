"""Trust data: one file a format."""

from __future__ import annotations

from policyengine.collect.trust import docker_trust_inspect

FORMATS = (docker_trust_inspect.FORMAT,)
