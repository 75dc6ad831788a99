"""Images in registries, by the OCI distribution specification over HTTP.

The way of a request: ``source`` asks the mirrors and the registry in order; ``session`` speaks to
one of them; ``login`` answers its challenge with what ``credentials`` finds; ``transport`` sends,
repeats and redirects; ``failure`` says what went wrong.
"""

from __future__ import annotations

from policyengine.collect.image.registry.source import RegistrySource, open_registry

__all__ = ["RegistrySource", "open_registry"]
