"""Notary Project signatures (``notation``): JWS and COSE envelopes under ``trustpolicy.json``.

Source: notaryproject/specifications 1.1. ``envelope`` parses, ``certificates`` has the rules of
chains, ``trust_policy`` and ``trust_store`` read notation's own files, ``verify`` decides.
"""

from __future__ import annotations
