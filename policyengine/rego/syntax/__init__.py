"""The syntax of Rego: source text to a tree with positions."""

from __future__ import annotations
