"""A verdict as an in-toto statement about the image.

Sources: SLSA 1.0, "Verification Summary Attestation"; in-toto/attestation, spec/v1/statement.md and
spec/predicates/test-result.md (v0.1).

What is claimed is what a verdict shows, and no more: a policy was evaluated and passed, or did not.
An *incomplete* verdict is FAILED. No level of SLSA is claimed, since passing a policy shows none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from policyengine import __version__
from policyengine.errors import ResultError, UsageError
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.policy import BundleIdentity
from policyengine.model.reference import is_digest
from policyengine.model.verdict import Outcome, Verdict

VSA = "https://slsa.dev/verification_summary/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
TYPES: Mapping[str, str] = {"vsa": VSA, "test-result": TEST_RESULT}
VERIFIER = "https://github.com/image-policyengine/image-policyengine"
_STATEMENT = "https://in-toto.io/Statement/v1"

_Object: TypeAlias = dict[str, FrozenJson]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement: its bytes, what kind it is, and the digest of the image it is about."""

    payload: bytes
    predicate_type: str
    digest: str


def statement_of(
    verdict: Verdict,
    *,
    kind: str,
    verifier: str = VERIFIER,
    resource: str | None = None,
    where: str,
) -> Statement:
    """Return the statement of ``kind`` (of ``TYPES``) about ``verdict``'s image.

    ``verifier`` is the URI of who judged, ``resource`` the URI of what; by default the image's
    package URL. ``where`` names the result in errors. The same verdict gives the same bytes.

    Raises UsageError for a verdict without a digest, or that names no image, and ResultError for
    one that contradicts itself.
    """
    digest = verdict.digest
    if digest is None or not is_digest(digest):
        raise UsageError(
            "the verdict does not say which image it is about, so nothing is attested",
            where=f"{where}: {verdict.image[:200]}",
            found="no digest of a manifest",
            hint="judge the image in a registry or an OCI layout: an archive of docker save and "
            "the daemon know none",
        )
    _require_consistent(verdict, where)
    algorithm, _, value = digest.partition(":")
    name = verdict.repository or resource
    if name is None:
        raise UsageError(
            "the image has no repository to call it by",
            where=f"{where}: {verdict.image[:200]}",
            hint="name it with --resource",
        )
    predicate = (
        _verification_summary(verdict, verifier, resource or _package_url(name, digest))
        if kind == "vsa"
        else _test_result(verdict)
    )
    document: FrozenObject = {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {algorithm: value}}],
        "predicateType": TYPES[kind],
        "predicate": predicate,
    }
    return Statement(
        payload=orjson.dumps(document, option=orjson.OPT_SORT_KEYS),
        predicate_type=TYPES[kind],
        digest=digest,
    )


def _require_consistent(verdict: Verdict, where: str) -> None:
    """Refuse what no evaluation gives: a result is a file, and what is signed will be believed."""
    if verdict.outcome is not Outcome.ALLOWED:
        return
    against = {
        "a problem": verdict.problem is not None,
        "reasons that deny": bool(verdict.reasons),
        "rules that were not judged": bool(verdict.unjudged),
        "no rule that was judged": not verdict.judged,
        "no bundle": not verdict.bundles,
        "no input document": verdict.document_digest is None,
    }
    found = ", ".join(name for name, holds in against.items() if holds)
    if found:
        raise ResultError(
            "the verdict contradicts itself, and is not attested",
            where=f"{where}: {verdict.image[:200]}",
            found=f"allowed, with {found}",
        )


def _verification_summary(verdict: Verdict, verifier: str, resource: str) -> _Object:
    passed = verdict.outcome is Outcome.ALLOWED
    return {
        "verifier": {"id": verifier, "version": {"policyengine": __version__}},
        "timeVerified": str(verdict.evaluated_at),
        "resourceUri": resource,
        "policy": _policy(verdict.bundles),
        "inputAttestations": _inputs(verdict),
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED" if passed else "FAILED"],
        "slsaVersion": "1.0",
    }


def _policy(bundles: Sequence[BundleIdentity]) -> _Object:
    """Return the bundle; of several one list, whose digest is that of its JSON."""
    named = [_bundle(bundle) for bundle in bundles]
    if len(named) == 1:
        return named[0]
    listed = orjson.dumps(named, option=orjson.OPT_SORT_KEYS)
    return {
        "uri": "policyengine:bundles/" + "+".join(f"{b.name}@{b.version}" for b in bundles),
        "digest": {"sha256": _sha256(listed)},
        "annotations": {"bundles": named},
    }


def _bundle(bundle: BundleIdentity) -> _Object:
    return {
        "uri": f"policyengine:bundle/{bundle.name}@{bundle.version}",
        "digest": {"sha256": bundle.digest},
        "annotations": {"revision": bundle.revision},
    }


def _inputs(verdict: Verdict) -> list[FrozenJson]:
    """Return the evidence by digest, each once, and the input document that was made of it."""
    found: dict[tuple[str, str], _Object] = {}
    for source in verdict.sources:
        place = "uri" if "://" in source.location else "name"
        location = source.location.encode("utf-8", "backslashreplace").decode()
        found[location, source.sha256] = {
            place: location,
            "digest": {"sha256": source.sha256},
            "mediaType": source.media_type,
        }
    inputs: list[FrozenJson] = list(found.values())
    if verdict.document_digest is not None:
        inputs.append(
            {"name": "policyengine input document", "digest": {"sha256": verdict.document_digest}}
        )
    return inputs


def _test_result(verdict: Verdict) -> _Object:
    """Return rules as tests. One that is waived or known is not one that passed: it warns."""
    failed = {reason.rule.id for reason in verdict.reasons}
    failed |= {item.rule.id for item in verdict.unjudged}
    let_be = (*verdict.warnings, *verdict.known, *(item.reason for item in verdict.waived))
    warned = {reason.rule.id for reason in let_be} - failed
    passed = {rule.id for rule in verdict.judged} - failed - warned
    result = "FAILED"
    if verdict.outcome is Outcome.ALLOWED:
        result = "WARNED" if warned else "PASSED"
    configuration: list[FrozenJson] = [_bundle(bundle) for bundle in verdict.bundles]
    return {
        "result": result,
        "configuration": [*configuration, *_inputs(verdict)],
        "passedTests": sorted(passed),
        "warnedTests": sorted(warned),
        "failedTests": sorted(failed),
    }


def _package_url(repository: str, digest: str) -> str:
    from packageurl import PackageURL

    return PackageURL(
        type="oci",
        name=repository.rpartition("/")[2],
        version=digest,
        qualifiers={"repository_url": repository},
    ).to_string()


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
