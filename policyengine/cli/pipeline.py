"""``policyengine pipeline``: the secure build in one command."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.cli.judging import Judging, verdict_options
from policyengine.cli.options import (
    evidence_options,
    image_options,
    offers,
    question,
    reach,
    trust_options,
)
from policyengine.cli.report_output import report_options
from policyengine.cli.waiver_options import waiver_options
from policyengine.collect.files import EvidenceOffer
from policyengine.errors import (
    EvaluationError,
    ExitCode,
    IntegrityError,
    OutputError,
    StepFailed,
)
from policyengine.judge import gather
from policyengine.model.evidence import EvidenceKind
from policyengine.pipeline import PipelineRequest, Plan, Step, plan, run_step
from policyengine.pipeline.plan import BUILDERS, SBOM_TOOLS, SCANNERS, SIGNERS, sign_step
from policyengine.settings import Settings, load_settings

_PROGRAMS = tuple(dict.fromkeys((*BUILDERS, *SCANNERS, *SBOM_TOOLS, *SIGNERS, "skopeo")))


@click.command(
    epilog="Example: policyengine pipeline registry.example.com/shop/web:1.4.2 --context . "
    "--key cosign.key --environment production"
)
@click.argument("image")
@click.option("--context", default=".", metavar="DIR", help="What is built.  [.]")
@click.option("--file", "build_file", metavar="FILE", help="Dockerfile.  [DIR/Dockerfile]")
@click.option(
    "--folder",
    default="policyengine-evidence",
    metavar="DIR",
    help="Where image and evidence are kept.  [policyengine-evidence]",
)
@click.option("--builder", type=click.Choice(["auto", *BUILDERS]), default="auto", help="[auto]")
@click.option(
    "--scanner", type=click.Choice(["auto", "none", *SCANNERS]), default="auto", help="[auto]"
)
@click.option(
    "--sbom-tool",
    type=click.Choice(["auto", "none", *SBOM_TOOLS]),
    default="auto",
    help="[auto]",
)
@click.option(
    "--signer",
    type=click.Choice(["auto", "none", *SIGNERS]),
    default="auto",
    help="With auto only where --signing-key is given.  [auto]",
)
@click.option("--signing-key", metavar="KEY", help="Key that cosign signs with.")
@click.option("--push/--no-push", default=True, help="Push what is allowed.  [push]")
@click.option("--build-option", multiple=True, metavar="WORD", help="For the builder. Repeatable.")
@click.option("--scan-option", multiple=True, metavar="WORD", help="For the scanner. Repeatable.")
@click.option("--push-option", multiple=True, metavar="WORD", help="For the push. Repeatable.")
@click.option("--sign-option", multiple=True, metavar="WORD", help="For the signer. Repeatable.")
@click.option("--dry-run", is_flag=True, help="Print the commands, and run none.")
@click.option(
    "--step-seconds",
    type=click.FloatRange(min=1),
    default=1800.0,
    help="Most seconds for one step.  [1800]",
)
@bundle_options
@evidence_options
@image_options
@trust_options
@waiver_options
@report_options
@verdict_options
@click.pass_obj
def command(session: Any, /, *, image: str, **options: Any) -> int:
    """Build IMAGE, scan it, judge it, and only then push and sign it.

    The programs that are there are run: buildah or docker, trivy or grype, syft, skopeo, cosign.
    Their outputs stay in the folder as evidence. Everything looks at the one archive that was
    built; what is pushed is compared with it before it is signed.

    A step that fails stops the pipeline and says what is left to do. Nothing that was not allowed
    is pushed or signed. The exit code is that of check, and 3 where a step failed.
    """
    request = PipelineRequest(
        image=image,
        context=options["context"],
        folder=options["folder"],
        dockerfile=options["build_file"] or _dockerfile_in(options["context"]),
        builder=options["builder"],
        scanner=options["scanner"],
        sbom=options["sbom_tool"],
        signer=options["signer"],
        key=options["signing_key"],
        push=options["push"],
        build_options=options["build_option"],
        scan_options=options["scan_option"],
        push_options=options["push_option"],
        sign_options=options["sign_option"],
    )
    planned = plan(request, [name for name in _PROGRAMS if shutil.which(name)])
    if options["dry_run"]:
        _print(planned, request)
        return int(ExitCode.ALLOWED)
    settings = load_settings()
    judging = Judging.of(settings, options, quiet=session.quiet, at=[instant(options["now"])])
    prepared = judging.prepare(bundles(settings, options))
    with closing(prepared):
        _make_folder(request.folder)
        _run(planned.before, planned, options["step_seconds"], quiet=session.quiet)
        now = instant(options["now"])
        asked = question(planned.image, settings, options)
        found = gather(
            asked,
            [*_made(planned, request), *offers(options)],
            reach=reach(settings, options),
            now=now,
        )
        try:
            verdict = prepared.judge(found, image=image)
        except EvaluationError as error:
            verdict = prepared.unjudgeable(
                image, problem=str(error), environment=asked.environment, now=now
            )
    code = judging.conclude([verdict], now=now)
    if code != ExitCode.ALLOWED:
        _note("nothing is pushed or signed", quiet=session.quiet)
        return code
    if request.push:
        _run(planned.push, planned, options["step_seconds"], quiet=session.quiet)
        _sign(planned, request, found.content, settings, options, quiet=session.quiet)
    return code


def _sign(
    planned: Plan,
    request: PipelineRequest,
    judged: Any,
    settings: Settings,
    options: Any,
    *,
    quiet: bool,
) -> None:
    """Read back what the registry has, hold it to what was judged, and sign it by its digest."""
    pushed = gather(
        question(f"registry:{request.image}", settings, {**options, "trust_policy": None}),
        [],
        reach=reach(settings, options),
        now=instant(options["now"]),
    ).content
    expected, found = judged["image"]["id"], pushed["image"]["id"]  # type: ignore[index,call-overload]
    if found != expected:
        raise IntegrityError(
            "the registry has another image than was judged; it is not signed",
            where=request.image,
            found=str(found),
            expected=str(expected),
        )
    digest = str(pushed["subject"]["digest"])  # type: ignore[index,call-overload]
    step = sign_step(planned, request, digest)
    if step is None:
        _note(f"pushed {digest}, not signed", quiet=quiet)
        return
    run_step(step, seconds=options["step_seconds"])
    _note(f"pushed and signed {digest}", quiet=quiet)


def _run(steps: Sequence[Step], planned: Plan, seconds: float, *, quiet: bool) -> None:
    for step in steps:
        _note(f"{step.name}: {shlex.join(step.words)}", quiet=quiet)
        try:
            run_step(step, seconds=seconds)
        except StepFailed as error:
            every = [*planned.before, Step(name="judge", words=()), *planned.push]
            names = [each.name for each in every]
            left = names[names.index(step.name) + 1 :]
            if planned.signer is not None:
                left.append("sign")
            raise StepFailed(
                error.what, where=error.where, hint=f"left to do: {', '.join(left) or 'nothing'}"
            ) from None


def _dockerfile_in(context: str) -> str | None:
    """Return the file that the builder would read; it is evidence too."""
    names = (Path(context) / name for name in ("Containerfile", "Dockerfile"))
    return next((str(path) for path in names if path.is_file()), None)


def _made(planned: Plan, request: PipelineRequest) -> list[EvidenceOffer]:
    kinds = {"scan": EvidenceKind.SCAN, "sbom": EvidenceKind.SBOM}
    built = []
    if request.dockerfile is not None:
        built.append(EvidenceOffer(path=request.dockerfile, kind=EvidenceKind.DOCKERFILE))
    return built + [
        EvidenceOffer(path=step.writes, kind=kinds[step.name])
        for step in planned.before
        if step.name in kinds and step.writes is not None
    ]


def _make_folder(folder: str) -> None:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("cannot be made", where=folder, found=error.strerror) from None


def _print(planned: Plan, request: PipelineRequest) -> None:
    for step in planned.before:
        redirect = f" > {shlex.quote(step.writes)}" if step.stdout and step.writes else ""
        click.echo(f"{shlex.join(step.words)}{redirect}")
    click.echo(f"policyengine check {shlex.quote(planned.image)}  # and only if it is allowed:")
    for step in planned.push:
        click.echo(shlex.join(step.words))
    signing = sign_step(planned, request, "DIGEST")
    if signing is not None:
        click.echo(shlex.join(signing.words))
    for name in planned.left_out:
        click.echo(f"# no {name}: no program for it is asked for or installed")


def _note(text: str, *, quiet: bool) -> None:
    if not quiet:
        click.echo(text, err=True)
