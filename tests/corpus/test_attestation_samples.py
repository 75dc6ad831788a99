"""Every attestation, bundle and payload among the samples against what is expected of it.

``expected_attestations.json`` has a line for each file: why it is refused, or what is read of it,
and what comes of its certificate under a trusted root: the sample's own where it has one, else the
public one that the ``sigstore`` package ships. Nothing is verified without a trust policy.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.trust.discovery import CERTIFICATE, LOG_BUNDLE, SIGNATURE
from policyengine.collect.trust.verify import verify_material
from policyengine.errors import EvidenceError
from policyengine.model.evidence import EvidenceSource
from policyengine.model.trust import Attestation
from policyengine.model.trust_material import CosignSignature, SignedStatement, UnsignedStatement
from policyengine.model.trust_policy import CertificateIdentity, TrustedSigner, TrustPolicy
from tests.corpus.sample_files import SAMPLES, folders_of, raw_json, read_file, samples
from tests.corpus.test_trust_samples import ATTESTED

EXPECTED = json.loads(Path(__file__).with_name("expected_attestations.json").read_text())
FOLDERS = [
    folder for folder in folders_of("trust") if folder.removeprefix("trust/").startswith(ATTESTED)
]


def anybody(path: Path) -> TrustPolicy:
    """Return a policy that takes anybody's certificate, under the sample's own root."""
    name = path.name.replace("bundle.sigstore.json", "trusted_root.json")
    root = SAMPLES / "trust" / "trusted-root" / name
    anyone = CertificateIdentity(subject_regexp=".+", issuer_regexp=".+")
    return TrustPolicy(
        source=EvidenceSource(location="-", sha256="", media_type="", format="trust-policy"),
        signers=(TrustedSigner(name="anybody", identities=(anyone,)),),
        requirements=(),
        trusted_root=root.read_bytes() if root != path and root.exists() else None,
    )


def outcome(path: Path) -> Any:
    """Return what is read of a file, in the form of the table."""
    try:
        reports = read_file(path)
        if reports.sboms:
            # Statements of SBOMs that nobody signed are SBOMs.
            return {"sbom": [document.source.format for document in reports.sboms]}
        (material,) = reports.material
        found = verify_material(reports.material, None)
    except EvidenceError as error:
        return {"refused": str(error).replace(str(path), "").partition("; expected")[0]}
    assert isinstance(material, SignedStatement | UnsignedStatement)
    (record,) = found.trusts
    (attestation,) = record.attestations
    assert attestation.problem is not None
    result: dict[str, Any] = {
        "format": material.source.format,
        "predicate_type": attestation.predicate_type,
        "subjects": len(attestation.subjects),
    }
    if attestation.content is not None:
        result["packages"] = [len(document.packages) for document in found.sboms]
    if attestation.build is not None:
        result["build"] = build_of(attestation)
    if isinstance(material, SignedStatement) and material.certified:
        under = verify_material(reports.material, anybody(path)).trusts[0].attestations[0]
        result["certificate"] = under.problem or f"{under.identity} by {under.issuer}"
    return result


def build_of(attestation: Attestation) -> dict[str, Any]:
    build = attestation.build
    assert build is not None
    facts = {
        "builder": build.builder_id,
        "type": build.build_type,
        "source": build.source_repository,
        "commit": build.source_commit,
        "ref": build.source_ref,
        "dependencies": len(build.resolved_dependencies),
        "level": build.level,
    }
    return {name: value for name, value in facts.items() if value}


@pytest.mark.parametrize("path", samples(*FOLDERS))
def test_a_sample_gives_what_is_expected(path: Path) -> None:
    assert outcome(path) == EXPECTED[f"{path.parent.name}/{path.name}"]


def test_every_sample_has_a_line_and_every_line_a_sample() -> None:
    if not FOLDERS:
        pytest.skip("the folder of samples is not beside the checkout")
    names = {
        f"{path.parent.name}/{path.name}"
        for folder in FOLDERS
        for path in SAMPLES.joinpath(folder).glob("*")
    }
    assert names == EXPECTED.keys()


@pytest.mark.parametrize("path", samples(*FOLDERS))
def test_what_is_read_is_what_the_file_says(path: Path) -> None:
    if not {"format"} & EXPECTED[f"{path.parent.name}/{path.name}"].keys():
        return
    raw = raw_json(path)
    envelope = raw.get("dsseEnvelope", raw)
    if "payload" in envelope:
        raw = json.loads(base64.b64decode(envelope["payload"]))
    (material,) = read_file(path).material
    assert isinstance(material, SignedStatement | UnsignedStatement)
    assert material.statement.predicate_type == raw["predicateType"]
    assert material.statement.predicate == raw.get("predicate")
    assert [(subject.name, dict(subject.digests)) for subject in material.statement.subjects] == [
        (item.get("name", ""), item["digest"]) for item in raw["subject"]
    ]


def test_a_real_signature_by_certificate_holds_under_the_public_root() -> None:
    path = (
        SAMPLES / "trust" / "containers-image-signatures"
    ) / "image__fixtures__dir-img-cosign-fulcio-rekor-valid__signature-1"
    if not path.exists():
        pytest.skip("the folder of samples is not beside the checkout")
    stored = json.loads(path.read_bytes().partition(b"\n")[2])
    annotations = stored["annotations"]
    item = CosignSignature(
        source=anybody(path).source,
        pointer="/critical",
        payload=base64.b64decode(stored["payload"]),
        signature=base64.b64decode(annotations[SIGNATURE]),
        digest="",
        repository=None,
        tag=None,
        certificate=annotations[CERTIFICATE].encode(),
        log_bundle=annotations[LOG_BUNDLE].encode(),
    )
    (held,) = verify_material([item], anybody(path)).trusts[0].signatures
    assert (held.problem, held.identity, held.issuer) == (
        None,
        "mitr@redhat.com",
        "https://github.com/login/oauth",
    )
    changed = replace(item, payload=item.payload.replace(b"192.168", b"192.169"))
    (lost,) = verify_material([changed], anybody(path)).trusts[0].signatures
    assert lost.problem == "does not verify: the log entry is about another payload"
