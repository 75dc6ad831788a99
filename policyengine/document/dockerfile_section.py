"""The section ``dockerfile``."""

from __future__ import annotations

from policyengine.model.dockerfile import Dockerfile, Instruction, Stage
from policyengine.model.json_value import JsonObject, JsonValue


def dockerfile_section(dockerfile: Dockerfile) -> JsonObject:
    """Return ``dockerfile``."""
    return {
        "path": dockerfile.source.location,
        "syntax": dockerfile.syntax,
        "check": dockerfile.check,
        "escape": dockerfile.escape,
        "global_arguments": _instructions(dockerfile.global_arguments),
        "stages": [_stage(stage) for stage in dockerfile.stages],
        "final_stage": len(dockerfile.stages) - 1,
    }


def _stage(stage: Stage) -> JsonObject:
    base = stage.base
    return {
        "name": stage.name,
        "base": {
            "written": base.written,
            "is_stage": base.stage is not None,
            "stage": base.stage,
            "is_scratch": base.is_scratch,
            "name": base.name,
            "registry": base.registry,
            "repository": base.repository,
            "tag": base.tag,
            "digest": base.digest,
        },
        "platform": stage.platform,
        "line": stage.instructions[0].line,
        "end_line": stage.instructions[-1].end_line,
        "instructions": _instructions(stage.instructions),
    }


def _instructions(instructions: tuple[Instruction, ...]) -> list[JsonValue]:
    return [_instruction(item) for item in instructions]


def _instruction(item: Instruction) -> JsonObject:
    trigger = None if item.trigger is None else _without_trigger(item.trigger)
    return {**_without_trigger(item), "trigger": trigger}


def _without_trigger(item: Instruction) -> JsonObject:
    heredocs: list[JsonValue] = [
        {
            "name": heredoc.name,
            "content": heredoc.content,
            "expand": heredoc.expand,
            "chomp": heredoc.chomp,
        }
        for heredoc in item.heredocs
    ]
    return {
        "instruction": item.instruction,
        "arguments": list(item.arguments),
        "expanded": None if item.expanded is None else list(item.expanded),
        "flags": [{"name": flag.name, "value": flag.value} for flag in item.flags],
        "form": item.form,
        "line": item.line,
        "end_line": item.end_line,
        "original": item.original,
        "comments": list(item.comments),
        "heredocs": heredocs,
        "mounts": [{"type": mount.type, "options": dict(mount.options)} for mount in item.mounts],
        "variables": [
            {"name": variable.name, "written": variable.written, "value": variable.value}
            for variable in item.variables
        ],
    }
