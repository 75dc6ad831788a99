"""Commands of ``policyengine bundle`` that show what is in a bundle, and what two differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import bundle_access
from policyengine.cli.bundle_result import form_option, say
from policyengine.errors import EvidenceError, ExitCode, UsageError
from policyengine.given_file import read_given
from policyengine.model.verdict import Outcome
from policyengine.model.waiver_set import NO_WAIVERS
from policyengine.settings import Settings, load_settings

if TYPE_CHECKING:
    from policyengine.bundle.comparison import BundleDifference
    from policyengine.document import InputDocument
    from policyengine.model.policy import PolicyBundle, PolicyRule
    from policyengine.model.verdict import Verdict

_DOCUMENTS = 100_000
_ORDER = (Outcome.ALLOWED, Outcome.INCOMPLETE, Outcome.DENIED)


@click.command(epilog="Example: policyengine bundle inspect baseline")
@click.argument("bundle", metavar="BUNDLE")
@form_option
def inspect(*, bundle: str, form: str) -> int:
    """Show what is in BUNDLE: its rules with their METADATA, parameters, evidence and signer."""
    from policyengine.bundle.open import hold_source, open_held
    from policyengine.bundle.signatures import SIGNATURES

    held = hold_source(bundle, bundle_access(load_settings()))
    opened = open_held(held, {})
    manifest = held.files.manifest
    rules = _rules(opened.rules)
    facts = {
        "name": manifest.name,
        "version": manifest.version,
        "revision": manifest.revision,
        "digest": opened.identity.digest,
        "artifact": held.artifact,
        "signed": SIGNATURES in held.contents,
        "signer": held.signer,
        "view": manifest.view.value,
        "roots": list(manifest.roots),
        "entrypoints": [".".join(path) for path in manifest.entrypoints],
        "evidence": sorted({kind for rule in rules for kind in rule["requires"]}),
        "modules": [module.path for module in opened.modules],
        "rules": rules,
        "parameters": _parameters(opened),
    }
    say(form, facts, "\n".join(_inspected(facts)))
    return int(ExitCode.ALLOWED)


def _rules(found: Sequence[PolicyRule]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for rule in found:
        place = f"{rule.location.file}:{rule.location.row}"
        row = rows.get(rule.id)
        if row is not None:
            row["locations"].append(place)
            row["requires"] = sorted({*row["requires"], *rule.requires})
            continue
        rows[rule.id] = {
            "id": rule.id,
            "kind": rule.kind.value,
            "package": ".".join(rule.package),
            "rule": rule.name,
            "locations": [place],
            "title": rule.title,
            "description": rule.description,
            "severity": None if rule.severity is None else rule.severity.word,
            "remediation": rule.remediation,
            "effective_on": None if rule.effective_on is None else str(rule.effective_on),
            "controls": list(rule.controls),
            "collections": list(rule.collections),
            "requires": sorted(rule.requires),
            "optional": sorted(rule.optional),
        }
    return [rows[name] for name in sorted(rows)]


def _parameters(bundle: PolicyBundle) -> list[dict[str, Any]]:
    from policyengine.document import thawed

    properties: Any = thawed(bundle.parameter_schema).get("properties", {})  # type: ignore[union-attr]
    return [
        {
            "name": name,
            "default": properties[name]["default"],
            "description": properties[name]["description"],
        }
        for name in sorted(properties)
    ]


def _inspected(facts: dict[str, Any]) -> list[str]:
    signed = "signed, which nobody asked to be verified" if facts["signed"] else "not signed"
    if facts["signer"] is not None:
        signed = f"signed by {facts['signer']}"
    lines = [
        f"{facts['name']} {facts['version']} (revision {facts['revision']}), {signed}",
        f"  digest     {facts['digest']}",
        f"  view       {facts['view']}",
        f"  evidence   {', '.join(facts['evidence']) or 'none'}",
        "",
        f"{len(facts['rules'])} rules",
    ]
    for rule in facts["rules"]:
        severity = rule["severity"] or ""
        lines.append(
            f"  {rule['kind']:<5} {severity:<10} {rule['id']:<28} {rule['title']}".rstrip()
        )
    lines += ["", f"{len(facts['parameters'])} parameters"]
    lines += [f"  {item['name']} = {item['default']}" for item in facts["parameters"]]
    return lines


@click.command(epilog="Example: policyengine bundle diff baseline bundles/baseline")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--input",
    "-i",
    "inputs",
    multiple=True,
    metavar="PATH",
    help="Input document, or a folder of them (*.json), to judge by both. Repeatable.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["changed", "stricter", "laxer"]),
    multiple=True,
    help="Exit with 1 if the bundles differ at all, or NEW is stricter or laxer. Repeatable.",
)
@form_option
def diff(
    *, old: str, new: str, inputs: tuple[str, ...], fail_on: tuple[str, ...], form: str
) -> int:
    """Say in what NEW differs from OLD: rules, parameters, and what it makes of images.

    With --input both judge the documents, each at its own time and with the parameters at their
    defaults: NEW is stricter where it finds a reason that OLD does not or could judge less, and
    laxer where it finds one no more; it may be both.
    """
    from policyengine.bundle import open_bundle
    from policyengine.bundle.comparison import compare_bundles

    if {"stricter", "laxer"} & set(fail_on) and not inputs:
        raise UsageError(
            "whether a bundle is stricter or laxer is told by judging", expected="--input PATH"
        )
    settings = load_settings()
    access = bundle_access(settings, locked=False)
    before, after = (open_bundle(name, parameters={}, access=access) for name in (old, new))
    difference = compare_bundles(before, after)
    documents = _documents(inputs)
    rows: list[dict[str, Any]] = []
    if documents:
        first = _judged(before, documents, settings)
        second = _judged(after, documents, settings)
        rows = [
            row
            for (path, _), was, now in zip(documents, first, second, strict=True)
            if (row := _row(path, was, now)) is not None
        ]
    words = {name for row in rows for name in ("stricter", "laxer") if row[name]}
    facts = {
        "old": _identity(before),
        "new": _identity(after),
        **_difference(difference),
        "documents": len(documents),
        "effect": _effect(words) if documents else None,
        "images": rows,
    }
    if not difference.is_nothing or rows:
        words.add("changed")
    say(form, facts, "\n".join(_compared(facts)))
    return int(ExitCode.DENIED if words & set(fail_on) else ExitCode.ALLOWED)


def _identity(bundle: PolicyBundle) -> dict[str, Any]:
    identity = bundle.identity
    return {"name": identity.name, "version": identity.version, "digest": identity.digest}


def _difference(found: BundleDifference) -> dict[str, Any]:
    return {
        "added": _rules(found.added),
        "removed": _rules(found.removed),
        "changed": [
            {
                "id": item.rule,
                "changed": list(item.changed),
                "severity": [
                    None if rule.severity is None else rule.severity.word
                    for rule in (item.before, item.after)
                ],
            }
            for item in found.changed
        ],
        "parameters": [
            {
                "name": item.name,
                "changed": _changed_how(item.before, item.after),
                "default": [
                    None if schema is None else schema.get("default")
                    for schema in (item.before, item.after)
                ],
            }
            for item in found.parameters
        ],
        "data": found.data,
        "view": found.view,
    }


def _changed_how(before: object, after: object) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _documents(inputs: Sequence[str]) -> list[tuple[str, InputDocument]]:
    from policyengine.document import read_document

    paths: list[Path] = []
    for text in inputs:
        path = Path(text)
        below = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        if not below:
            raise UsageError("has no input documents", where=text, expected="*.json")
        paths += below
    if len(paths) > _DOCUMENTS:
        raise UsageError("are too many documents", found=str(len(paths)))
    return [
        (str(path), read_document(read_given(path, error=EvidenceError), where=str(path)))
        for path in paths
    ]


def _judged(
    bundle: PolicyBundle, documents: Sequence[tuple[str, InputDocument]], settings: Settings
) -> list[Verdict]:
    from policyengine.prepared import PreparedBundles

    prepared = PreparedBundles(
        [bundle],
        engine=settings.engine,
        limits=settings.evaluation_limits(),
        waivers=NO_WAIVERS,
        cache=bool(settings.get("evaluation.cache")),
    )
    with closing(prepared):
        return [prepared.judge(document, image=path) for path, document in documents]


def _row(path: str, was: Verdict, now: Verdict) -> dict[str, Any] | None:
    """Return what is other about one image; None where nothing is.

    Only what denies counts: a denial that became a warning is gone.
    """
    new, gone = _missing(now, was), _missing(was, now)
    judged_less = {item.rule.id for item in now.unjudged} - {item.rule.id for item in was.unjudged}
    judged_more = {item.rule.id for item in was.unjudged} - {item.rule.id for item in now.unjudged}
    flips = was.outcome is not now.outcome
    if not (new or gone or judged_less or judged_more or flips):
        return None
    rank = _ORDER.index(now.outcome) - _ORDER.index(was.outcome)
    return {
        "image": path,
        "before": was.outcome.value,
        "after": now.outcome.value,
        "flips": flips,
        "stricter": bool(new or judged_less) or rank > 0,
        "laxer": bool(gone or judged_more) or rank < 0,
        "new": new,
        "gone": gone,
    }


def _missing(verdict: Verdict, other: Verdict) -> list[dict[str, str]]:
    """Return the reasons of ``verdict`` that ``other`` has not, or not as often."""
    left = Counter(reason.fingerprint for reason in other.reasons)
    found = []
    for reason in verdict.reasons:
        left[reason.fingerprint] -= 1
        if left[reason.fingerprint] < 0:
            found.append({"rule": reason.rule.id, "message": reason.message})
    return found


def _effect(words: set[str]) -> str:
    return "both" if len(words) == 2 else next(iter(words), "same")


def _compared(facts: dict[str, Any]) -> list[str]:
    old, new = facts["old"], facts["new"]
    lines = [f"{old['name']} {old['version']} -> {new['name']} {new['version']}"]
    lines += [f"  + {rule['id']} ({rule['severity']}): {rule['title']}" for rule in facts["added"]]
    lines += [
        f"  - {rule['id']} ({rule['severity']}): {rule['title']}" for rule in facts["removed"]
    ]
    for item in facts["changed"]:
        before, after = item["severity"]
        levels = f" ({before} -> {after})" if before != after else ""
        lines.append(f"  ~ {item['id']}: {', '.join(item['changed'])}{levels}")
    for item in facts["parameters"]:
        before, after = item["default"]
        levels = f", by default {before} -> {after}" if before != after else ""
        lines.append(f"  parameter {item['name']}: {item['changed']}{levels}")
    lines += [f"  the {name} differs" for name in ("data", "view") if facts[name]]
    if len(lines) == 1:
        lines.append("  the same rules and parameters")
    if facts["effect"] is not None:
        count = facts["documents"]
        lines += ["", f"{facts['effect']}, by {count} document{'' if count == 1 else 's'}"]
        for row in facts["images"]:
            lines.append(f"  {row['image']}: {row['before']} -> {row['after']}")
            lines += [f"    + {item['rule']}: {item['message']}" for item in row["new"]]
            lines += [f"    - {item['rule']}: {item['message']}" for item in row["gone"]]
    return lines
