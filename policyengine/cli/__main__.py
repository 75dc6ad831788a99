"""``python -m policyengine.cli``."""

from __future__ import annotations

from policyengine.cli import main

main()
