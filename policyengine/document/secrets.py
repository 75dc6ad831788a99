"""Values in an image's configuration that look like secrets, and their mask.

Rules see the values; whatever is shown to people does not. A value counts as a secret when its
name says so (``DB_PASSWORD``), or when it has the form of a known token. Erring to the safe side
costs a few stars in a report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from policyengine.document.input_document import InputDocument
from policyengine.model.json_value import FrozenJson, JsonValue

_STARS = "*" * 12
_SHOWN = 4
_SHORTEST = 4

_SECRET_NAME = re.compile(
    r"(?i)pass(?:w(?:or)?d|phrase|code)?(?:$|[^a-z])|passwd|password|secret|token|credential"
    r"|api[_.-]?key|access[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key"
    r"|auth(?:$|[_.-])|(?:^|[_.-])pwd(?:$|[_.-])|connection[_.-]?string"
)
# Published forms of the issuers' own documentation.
_SECRET_VALUE = re.compile(
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
)
_URL_PASSWORD = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@")
_ASSIGNMENT = re.compile(
    r"""(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)["']?\s*(?:=|:\s)\s*"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'|;&,)]+))"""
)
_OPTION = re.compile(r"--?(?P<name>[A-Za-z][A-Za-z0-9-]*)[ =](?P<bare>[^\s\"'|;&,)]+)")
# Values that a secret's name may carry without being one, and that occur everywhere in prose.
_COMMON = frozenset(
    {
        "true",
        "false",
        "none",
        "null",
        "yes",
        "no",
        "on",
        "off",
        "enabled",
        "disabled",
        "required",
        "optional",
        "default",
        "root",
        "admin",
        "user",
        "test",
        "file",
        "basic",
        "bearer",
        "digest",
        "env",
        "prompt",
        "stdin",
    }
)


def secret_values(document: InputDocument) -> tuple[str, ...]:
    """Return the values of ``document`` to be masked, the longest first."""
    image = document.content.get("image")
    found: set[str] = set()
    if isinstance(image, dict):
        config = image["config"]
        if isinstance(config, dict):
            found.update(_in_environment(config.get("Env")))
            found.update(_in_labels(config.get("Labels")))
            for name in ("Cmd", "Entrypoint", "OnBuild"):
                found.update(_in_texts(config.get(name)))
        history = image["history"]
        if isinstance(history, list):
            for entry in history:
                if isinstance(entry, dict):
                    found.update(_in_text(entry.get("created_by")))
                    found.update(_in_text(entry.get("comment")))
    found.update(_in_inspected(document.content.get("docker_inspect")))
    found.update(_in_dockerfile(document.content.get("dockerfile")))
    kept = {value for value in found if _worth_masking(value)}
    # A rule may show a value inside of JSON that it made.
    kept |= {json.dumps(value)[1:-1] for value in kept}
    return tuple(sorted(kept, key=lambda value: (-len(value), value)))


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every secret, and whatever has a known token's form, masked."""
    for secret in secrets:
        if secret in text:
            text = _replaced(text, secret)
    return _SECRET_VALUE.sub(lambda match: _masked(match.group()), text)


def mask_json(value: FrozenJson, secrets: tuple[str, ...]) -> JsonValue:
    """Return a copy of ``value`` with its strings, and the keys of its objects, masked."""
    if isinstance(value, str):
        return mask_text(value, secrets)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {mask_text(key, secrets): mask_json(item, secrets) for key, item in value.items()}
    return [mask_json(item, secrets) for item in value]


def _replaced(text: str, secret: str) -> str:
    # A short word is masked only where it stands alone: a password "node" is not in "nodejs".
    if len(secret) >= 8 or not secret.isalnum():
        return text.replace(secret, _masked(secret))
    pattern = rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])"
    return re.sub(pattern, _masked(secret), text)


def _masked(secret: str) -> str:
    return secret[: min(_SHOWN, len(secret) // 4)] + _STARS


def _worth_masking(value: str) -> bool:
    return len(value) >= _SHORTEST and value.lower() not in _COMMON


def _in_environment(variables: JsonValue) -> Iterator[str]:
    for variable in variables if isinstance(variables, list) else ():
        if isinstance(variable, str):
            name, _, value = variable.partition("=")
            yield from _in_value(name, value)


def _in_labels(labels: JsonValue) -> Iterator[str]:
    for name, value in labels.items() if isinstance(labels, dict) else ():
        if isinstance(value, str):
            yield from _in_value(name, value)


def _in_value(name: str, value: str) -> Iterator[str]:
    if _SECRET_NAME.search(name):
        yield value
    else:
        yield from _in_text(value)


def _in_texts(texts: JsonValue) -> Iterator[str]:
    if isinstance(texts, list):
        yield from _in_text(" ".join(text for text in texts if isinstance(text, str)))


def _in_text(text: JsonValue) -> Iterator[str]:
    if not isinstance(text, str):
        return
    for match in _SECRET_VALUE.finditer(text):
        yield match.group()
    for match in _URL_PASSWORD.finditer(text):
        yield match.group(1)
    for pattern in (_ASSIGNMENT, _OPTION):
        for match in pattern.finditer(text):
            if _SECRET_NAME.search(match["name"]):
                yield next(v for k, v in match.groupdict().items() if k != "name" and v is not None)


def _in_dockerfile(dockerfile: JsonValue) -> Iterator[str]:
    if isinstance(dockerfile, dict):
        yield from _in_instructions(dockerfile["global_arguments"])
        stages = dockerfile["stages"]
        for stage in stages if isinstance(stages, list) else ():
            if isinstance(stage, dict):
                yield from _in_instructions(stage["instructions"])


def _in_instructions(instructions: JsonValue) -> Iterator[str]:
    for item in instructions if isinstance(instructions, list) else ():
        if not isinstance(item, dict):
            continue
        yield from _in_text(item["original"])
        for name in ("comments", "expanded"):
            yield from _in_texts(item[name])
        heredocs, variables = item["heredocs"], item["variables"]
        for heredoc in heredocs if isinstance(heredocs, list) else ():
            if isinstance(heredoc, dict):
                yield from _in_text(heredoc["content"])
        for variable in variables if isinstance(variables, list) else ():
            if isinstance(variable, dict):
                for text in (variable["written"], variable["value"]):
                    if isinstance(text, str):
                        yield from _in_value(str(variable["name"]), text)
        trigger = item.get("trigger")
        if trigger is not None:
            yield from _in_instructions([trigger])


def _in_inspected(inspected: JsonValue) -> Iterator[str]:
    """Search the daemon's own answer, whose container configuration may differ from the image's."""
    if isinstance(inspected, dict):
        for name in ("Config", "ContainerConfig"):
            config = inspected.get(name)
            if isinstance(config, dict):
                yield from _in_environment(config.get("Env"))
                yield from _in_labels(config.get("Labels"))
                for part in ("Cmd", "Entrypoint", "OnBuild"):
                    yield from _in_texts(config.get(part))
