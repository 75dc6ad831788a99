"""The secure build in one go: build, scan, SBOM, judgement, push, signature.

``plan`` decides which programs are run with which words, and runs nothing; ``run`` runs steps. What
is pushed is what was judged, and nothing is pushed or signed that was not allowed.
"""

from __future__ import annotations

from policyengine.pipeline.plan import PipelineRequest, Plan, Step, plan
from policyengine.pipeline.run import run_step

__all__ = ["PipelineRequest", "Plan", "Step", "plan", "run_step"]
