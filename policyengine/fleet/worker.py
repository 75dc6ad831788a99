"""What a process of an audit does: one item into one row."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing import parent_process

from policyengine.document import InputDocument, at_time, read_document
from policyengine.errors import EnginesDisagree, EvaluationError, EvidenceError, UsageError
from policyengine.fleet.inventory import InventoryItem
from policyengine.given_file import read_given
from policyengine.judge import Question, Reach, gather
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject
from policyengine.model.policy import PolicyBundle
from policyengine.model.verdict import Verdict
from policyengine.model.waiver_set import NO_WAIVERS, WaiverSet
from policyengine.prepared import PreparedBundles
from policyengine.rego.engine import EvaluationLimits
from policyengine.report.result_json import verdict_object


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPlan:
    """What every process needs. ``clock`` judges references; stored documents keep their own
    unless ``clock_for_documents``."""

    bundles: tuple[PolicyBundle, ...]
    engine: str
    limits: EvaluationLimits
    cache: bool
    reach: Reach
    clock: Instant
    clock_for_documents: bool
    question: Question
    waivers: WaiverSet = NO_WAIVERS


class AuditWorker:
    """Judges items, with the bundle prepared once."""

    def __init__(self, plan: AuditPlan) -> None:
        self._plan = plan
        self._prepared = PreparedBundles(
            plan.bundles,
            engine=plan.engine,
            limits=plan.limits,
            waivers=plan.waivers,
            cache=plan.cache,
        )

    def row(self, item: InventoryItem) -> JsonObject:
        """Return the row of ``item``. Whatever is wrong with one image is in its row."""
        try:
            verdict = self._judge(item)
        except EnginesDisagree:
            # No verdict of this run can be believed.
            raise
        except (EvidenceError, EvaluationError, UsageError) as error:
            verdict = self._unjudgeable(item, str(error))
        except Exception as error:  # noqa: BLE001  # one image never ends an audit
            verdict = self._unjudgeable(item, f"a bug: {type(error).__name__}: {error}")
        return row_of(item, verdict)

    def _judge(self, item: InventoryItem) -> Verdict:
        return self._prepared.judge(self._document(item), image=item.name)

    def _document(self, item: InventoryItem) -> InputDocument:
        plan = self._plan
        if item.document is not None:
            document = _stored(item.document)
            return at_time(document, plan.clock) if plan.clock_for_documents else document
        asked = Question(
            image=item.image or "",
            platform=item.platform or plan.question.platform,
            layers=plan.question.layers,
            environment=item.environment or plan.question.environment,
            allow_mismatch=plan.question.allow_mismatch,
            trust_policy=plan.question.trust_policy,
        )
        return gather(asked, item.offers, reach=plan.reach, now=plan.clock)

    def _unjudgeable(self, item: InventoryItem, problem: str) -> Verdict:
        return self._prepared.unjudgeable(
            item.name,
            problem=problem,
            environment=item.environment or self._plan.question.environment,
            now=self._plan.clock,
        )

    def close(self) -> None:
        """Release the engine."""
        self._prepared.close()


def row_of(item: InventoryItem, verdict: Verdict) -> JsonObject:
    """Return the row of ``item`` in the results."""
    return {"index": item.index, "line": item.line, **verdict_object(verdict)}  # type: ignore[dict-item]


def _stored(path: str) -> InputDocument:
    return read_document(read_given(path, error=EvidenceError), where=path)


_worker: AuditWorker | None = None


def start(plan: AuditPlan) -> None:
    """Prepare this process. Its parent alone answers an interrupt from the terminal."""
    global _worker  # noqa: PLW0603  # a process of a pool has no other place for what it keeps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = AuditWorker(plan)


def _end_with_parent() -> None:
    # A parent that is killed cannot end its workers, and they would wait for work for ever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def judge_item(item: InventoryItem) -> JsonObject:
    """Return the row of ``item``, judged by this process."""
    assert _worker is not None
    return _worker.row(item)
