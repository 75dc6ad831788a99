"""Decide, from evidence, whether a container image may ship."""

from __future__ import annotations

__version__ = "0.1.0"
