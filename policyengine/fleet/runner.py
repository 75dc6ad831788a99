"""Runs an audit in local processes.

A process that dies, killed or out of memory, takes the rows of what it and its siblings had in
hand. Those items are then tried again one by one, each in a process of its own; the one that ends
its process a second time gets an *incomplete* row that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context

from policyengine.evaluate import unjudgeable
from policyengine.fleet.inventory import InventoryItem
from policyengine.fleet.worker import AuditPlan, judge_item, row_of, start
from policyengine.model.json_value import JsonObject

_AHEAD = 4  # items handed out for each process, so that none waits


def run_audit(
    plan: AuditPlan,
    items: Iterable[InventoryItem],
    *,
    jobs: int,
    engine_name: str,
    note: Callable[[JsonObject], None],
) -> None:
    """Judge ``items`` in ``jobs`` processes; call ``note`` with each row as it is made."""
    remaining = iter(items)
    while True:
        suspects: list[InventoryItem] = []
        for outcome in _pool_rows(plan, remaining, jobs):
            if isinstance(outcome, InventoryItem):
                suspects.append(outcome)
            else:
                note(outcome)
        if not suspects:
            return
        for item in suspects:
            note(_alone(plan, item, engine_name))


def _pool_rows(
    plan: AuditPlan, remaining: Iterator[InventoryItem], jobs: int
) -> Iterator[JsonObject | InventoryItem]:
    """Yield rows, and once a process has died, the items that were in hand."""
    with _pool(plan, jobs) as pool:
        running: dict[Future[JsonObject], InventoryItem] = {}
        try:
            while True:
                for item in islice(remaining, jobs * _AHEAD - len(running)):
                    running[_submit(pool, item)] = item
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = [future for future in done if _is_broken(future)]
                for future in done:
                    if future not in broken:
                        del running[future]
                        yield future.result()
                if broken:
                    yield from sorted(running.values(), key=lambda item: item.index)
                    return
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _submit(pool: ProcessPoolExecutor, item: InventoryItem) -> Future[JsonObject]:
    try:
        return pool.submit(judge_item, item)
    except BrokenProcessPool as error:
        # It broke between two looks: say so the way a running item does.
        failed: Future[JsonObject] = Future()
        failed.set_exception(error)
        return failed


def _is_broken(future: Future[JsonObject]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _alone(plan: AuditPlan, item: InventoryItem, engine_name: str) -> JsonObject:
    with _pool(plan, 1) as pool:
        future = _submit(pool, item)
        if not _is_broken(future):
            return future.result()
    verdict = unjudgeable(
        item.name,
        problem="the process that judged it died, twice; too little memory may be the reason",
        environment=item.environment or plan.question.environment,
        evaluated_at=plan.clock,
        bundles=tuple(bundle.identity for bundle in plan.bundles),
        engine=engine_name,
    )
    return row_of(item, verdict)


def _pool(plan: AuditPlan, jobs: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a fork would copy threads' locks and the terminal's state.
    return ProcessPoolExecutor(
        max_workers=jobs, mp_context=get_context("spawn"), initializer=start, initargs=(plan,)
    )
