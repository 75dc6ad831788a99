"""What is bad is denied, whatever else is bad, and whatever fact is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policyengine.bundle import open_bundle, open_library
from policyengine.document.input_document import checked
from policyengine.errors import EvidenceError
from policyengine.model.policy import PolicyBundle
from policyengine.model.verdict import Outcome, Verdict
from policyengine.model.waiver_set import NO_WAIVERS
from policyengine.prepared import PreparedBundles
from policyengine.rego.engine import EvaluationLimits
from policyengine.rego.engines import NATIVE
from policyengine.resources import BUNDLES
from tests.policies.good_image import BAD, PARAMETERS, document

Path = tuple[str | int, ...]
LIBRARY = open_library(parameters=PARAMETERS)
SHIPPED = sorted(path.name for path in BUNDLES.iterdir())
NO_POLICY = "trust.policy_given"
DENYING = {rule.id: rule for rule in LIBRARY.rules if rule.name == "deny"}


def prepared(bundle: PolicyBundle) -> PreparedBundles:
    limits = EvaluationLimits()
    return PreparedBundles([bundle], engine=NATIVE, limits=limits, waivers=NO_WAIVERS)


@cache
def judge(name: str | None) -> PreparedBundles:
    """Return the library as a whole, or a bundle that ships, with the strictest parameters."""
    if name is None:
        return prepared(LIBRARY)
    known = open_bundle(name, parameters={}).parameters
    chosen = {key: value for key, value in PARAMETERS.items() if key in known}
    return prepared(open_bundle(name, parameters=chosen))


def verdict(content: Any, bundle: str | None = None) -> Verdict:
    return judge(bundle).judge(checked(content, where="document"), image="app")


def changed(names: Iterable[str]) -> Any:
    content = document()
    for name in names:
        BAD[name](content)
    return content


def test_there_is_something_bad_for_every_rule_that_denies() -> None:
    assert set(BAD) == set(DENYING)


@pytest.mark.parametrize("bundle", [None, *SHIPPED])
def test_what_is_good_in_everything_is_allowed(bundle: str | None) -> None:
    found = verdict(document(), bundle)
    assert [reason.message for reason in (*found.reasons, *found.warnings)] == []
    assert found.outcome is Outcome.ALLOWED


@pytest.mark.parametrize("name", BAD)
def test_one_bad_fact_is_denied_by_the_rule_for_it(name: str) -> None:
    for bundle in (None, *DENYING[name].collections):
        found = verdict(changed([name]), bundle)
        assert name in {reason.rule.id for reason in found.reasons}
        assert found.outcome is Outcome.DENIED


@cache
def touched(name: str) -> frozenset[Path]:
    """Return the facts of the good document that a bad one takes the place of."""
    good, bad = document(), changed([name])
    return frozenset(path for path in places(good) if at(good, path) != at(bad, path))


def at(value: Any, path: Path) -> Any:
    for part in path:
        try:
            value = value[part]
        except (IndexError, KeyError, TypeError):
            return None
    return None if isinstance(value, dict | list) else value


@example(bundle=None, names=["signature.expiry"], more=NO_POLICY)
@example(bundle="baseline", names=["signature.expiry"], more=NO_POLICY)
@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([None, *SHIPPED]),
    st.lists(st.sampled_from(sorted(BAD)), min_size=1, max_size=5, unique=True),
    st.sampled_from(sorted(BAD)),
)
def test_one_more_bad_fact_never_turns_denied_into_allowed(
    bundle: str | None, names: list[str], more: str
) -> None:
    """Of every kind of evidence: what a bundle denies it goes on denying, and by the same rules."""
    facts = [touched(name) for name in (*names, more)]
    if len(frozenset().union(*facts)) < sum(map(len, facts)):
        return
    before, after = (verdict(changed(each), bundle) for each in (names, [*names, more]))
    denied_by = {reason.rule.id for reason in before.reasons}
    if more == NO_POLICY and "trust.policy" in denied_by:
        # Without a policy nobody asks what it would. Where one must be given, that is denied.
        holds = bundle is None or bundle in DENYING[NO_POLICY].collections
        assert not holds or NO_POLICY in {reason.rule.id for reason in after.reasons}
        return
    assert denied_by <= {reason.rule.id for reason in after.reasons}
    assert before.outcome is not Outcome.DENIED or after.outcome is Outcome.DENIED


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


def nulled(content: Any, path: Path) -> Any:
    """Return a copy of the document in which a fact is null; None where none may be there."""
    copy: Any = orjson.loads(orjson.dumps(content))
    holder = copy
    for part in path[:-1]:
        holder = holder[part]
    if holder[path[-1]] is None:
        return None
    holder[path[-1]] = None
    try:
        checked(copy, where="document")
    except EvidenceError:
        return None
    return copy


@pytest.mark.parametrize("bundle", [None, *SHIPPED])
def test_a_fact_that_is_not_known_stops_no_evaluation(bundle: str | None) -> None:
    """Of every section: and the verdict is one by rules, not one for an error."""
    content = changed([*BAD_ROWS])
    unknown = 0
    for path in places(content):
        with_null = nulled(content, path)
        if with_null is not None:
            found = verdict(with_null, bundle)
            assert (found.problem, found.unjudged) == (None, ()), path
            unknown += 1
    assert unknown > 100


# Rows of lists that the good document has none of.
BAD_ROWS = (
    "dockerfile.piped_download",
    "image.onbuild",
    "layers.credentials",
    "layers.setuid",
    "scan.licenses",
    "scan.misconfigurations",
    "scan.secrets",
    "scan.verdict",
)


def read_by(name: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(path[:2]) for path in DENYING[name].input_paths)


@pytest.mark.parametrize("name", BAD)
def test_what_is_denied_is_not_allowed_by_a_fact_that_is_not_known(name: str) -> None:
    """But for the facts that are themselves what is bad: unknown, they are no finding."""
    content = changed([name])
    sections = read_by(name)
    allowed = set()
    for path in places(content):
        texts = tuple(part for part in path if isinstance(part, str))
        if not any(texts[: len(section)] == section for section in sections):
            continue
        with_null = nulled(content, path)
        if with_null is not None and verdict(with_null).outcome is not Outcome.DENIED:
            allowed.add(".".join(texts))
    assert allowed == UNKNOWN_IS_NO_FINDING.get(name, set())


# What is denied is what somebody says; that somebody must say it is asked for by rules of its own,
# such as scan.required_scanners. A reference with a digest needs no tag, and records of other
# systems than Notary have no anchor.
UNKNOWN_IS_NO_FINDING: dict[str, set[str]] = {
    "dockerfile.piped_download": {"dockerfile.stages.instructions.trigger"},
    "dockerfile.secrets": {"dockerfile.stages.instructions.variables.written"},
    "image.latest": {"subject.tag"},
    "reference.forbidden_tag": {"subject.tag"},
    "reference.pinned": {"environment"},
    "reference.tag_pattern": {"subject.tag"},
    "scan.end_of_life": {"scan.reports.end_of_life"},
    "scan.epss": {"scan.vulnerabilities.epss"},
    "scan.exploit_available": {"scan.vulnerabilities.exploit_available"},
    "scan.known_exploited": {"scan.vulnerabilities.known_exploited"},
    "scan.verdict": {"scan.verdicts.passed"},
    "signature.notary_anchor": {"trust.records.anchor"},
}
