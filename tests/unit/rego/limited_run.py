"""Evaluates ``data.a.p`` of a module in a process of its own, and prints how it ended.

The arguments are the module, the depth of the input's arrays, and ``policy`` or ``engine``.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.engine import EvaluationLimits, RuleQuery
from policyengine.rego.native import NativePolicy
from policyengine.rego.runtime.limits import Limits

SECONDS = 1.0
MEMORY = 300 * 1024 * 1024


def evaluated(source: str, depth: int, through: str) -> Any:
    policy = Policy.compile({"a.rego": source})
    if through == "engine":
        limits = EvaluationLimits(seconds=SECONDS, memory=MEMORY)
        row = source[: source.index("\np ")].count("\n") + 2
        query = RuleQuery(package=("a",), name="p", file="a.rego", row=row)
        document = b"[" * depth + b"]" * depth if depth else b"{}"
        return NativePolicy(policy, limits).evaluate(document, [query], now_ns=0)
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return policy.evaluate("data.a.p", input=value, limits=Limits(seconds=SECONDS, memory=MEMORY))


def main(source: str, depth: str, through: str) -> None:
    found: dict[str, Any] = {"limit": None}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        evaluated(source, int(depth), through)
    except EvaluationLimitExceeded as error:
        found = {"limit": error.limit, "where": error.where, "what": error.what}
    found["grown_mib"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
