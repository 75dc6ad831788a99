"""An image that nothing speaks against, with evidence of every kind.

``BAD`` has, for each rule that denies, one fact that it is there to deny.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from policyengine.collect.dockerfile import read_dockerfile
from policyengine.collect.format import Origin
from policyengine.document import assemble
from policyengine.document.dockerfile_section import dockerfile_section
from policyengine.model.gathered import GatheredReports
from policyengine.model.instant import Instant
from policyengine.model.limits import DEFAULT_LIMITS
from tests.evidence_values import (
    DIGEST,
    LAYER,
    NOW,
    image,
    image_evidence,
    sbom_document,
    scan_report,
    signature,
    subject,
    trust_record,
    vulnerability,
)

Change = Callable[[Any], Any]

DAY = 86_400_000_000_000
BASE = "registry.example/base/static:1@sha256:" + "6" * 64
REPOSITORY = "registry.example/team/app"

PARAMETERS: dict[str, Any] = {
    "allowed_bases": ["registry.example/base/*"],
    "allowed_licenses": ["MIT"],
    "allowed_platforms": ["linux/amd64"],
    "allowed_registries": ["registry.example"],
    "allowed_repositories": ["registry.example/team/*"],
    "allowed_source_refs": ["refs/tags/*"],
    "allowed_sources": ["https://git.example/**"],
    "cosign_identities": {
        "**": [{"identity": "release@git.example", "issuer": "https://git.example"}]
    },
    "digest_required_in": ["production"],
    "epss_limit": 0.1,
    "exploit_severity": "unknown",
    "fixable_severity": "low",
    "forbidden_registries": ["docker.io"],
    "keys_expire": {"old": "2026-01-01"},
    "license_severity": "unknown",
    "max_base_age_days": 30,
    "max_database_age_days": 3,
    "max_days_since_fix": {"low": 10},
    "max_days_since_publication": {"low": 10},
    "max_image_age_days": 40,
    "max_image_bytes": 1000,
    "max_layers": 2,
    "max_packages": 2,
    "max_sbom_age_days": 3,
    "max_scan_age_days": 3,
    "max_signature_age_days": 3,
    "max_unlicensed_share": 0,
    "max_vulnerabilities": {"low": 1},
    "min_identified_share": 1,
    "min_signature_days": 7,
    "min_slsa_level": 2,
    "min_uid": 1000,
    "minimum_versions": {"app": "1.2"},
    "misconfiguration_severity": "unknown",
    "notation_identities": {"**": ["CN=release*"]},
    "require_attested_sbom": True,
    "require_resolved_user": True,
    "require_trust_policy": True,
    "required_attestations": ["https://slsa.dev/provenance/*"],
    "required_labels": ["owner"],
    "required_scanners": ["trivy"],
    "required_signature_kinds": {"**": ["notary"]},
    "required_signers": {"**": ["release"]},
    "tag_patterns": ["^[0-9.]+$"],
    "trusted_builders": ["https://builders.example/*"],
    "trusted_vex_authors": ["Vendor"],
    "unfixed_severity": "low",
}

DOCKERFILE = f"""FROM {BASE} AS build
COPY . /src
RUN ["cc", "-o", "/app", "/src/app.c"]
FROM {BASE}
ONBUILD COPY . /data
COPY --from=build /app /app
EXPOSE 8080
HEALTHCHECK CMD ["/app", "check"]
USER 10001:10001
ENTRYPOINT ["/app"]
"""


def moment(name: str, days: float) -> dict[str, Any]:
    """Return the fields ``name`` and ``name_ns`` of the instant that many days before the clock."""
    instant = Instant(NOW.ns - int(days * DAY))
    return {name: str(instant), f"{name}_ns": instant.ns}


CONFIG: dict[str, Any] = {
    "User": "10001:10001",
    "Entrypoint": ["/app"],
    "Env": ["PATH=/bin"],
    "ExposedPorts": {"8080/tcp": {}},
    "Healthcheck": {"Test": ["CMD", "/app", "check"]},
    "Labels": {"owner": "team"},
    "StopSignal": "SIGTERM",
    "Volumes": {"/data": {}},
}

_SCANNED: Any = orjson.loads(
    assemble(
        image_evidence(),
        GatheredReports(scans=(scan_report(vulnerability()),)),
        environment=None,
        evaluated_at=NOW,
    ).encoded
)["scan"]


def package(**changes: Any) -> dict[str, Any]:
    """Return a package of the SBOM."""
    return {
        "name": "app",
        "version": "1.2",
        "purl": "pkg:generic/app@1.2",
        "type": "generic",
        "path": None,
        "purl_problem": None,
        "cpes": [],
        "supplier": "Vendor",
        "suppliers": ["Vendor"],
        "licenses": [licensed("MIT")],
        "hashes": [],
        "reported_by": [{"source": 0, "pointer": "/components/0"}],
        "claims": [],
        **changes,
    }


def licensed(text: str) -> dict[str, Any]:
    """Return a licence of a package, as its SPDX expression."""
    return {
        "value": text,
        "kind": "expression",
        "concluded": False,
        "expression": text,
        "ids": [text],
        "problem": None,
    }


def finding(**changes: Any) -> dict[str, Any]:
    """Return a vulnerability that is too mild, too new and too unlikely to be denied."""
    found: dict[str, Any] = {
        **_SCANNED["vulnerabilities"][0],
        "severity": "negligible",
        "epss": {"score": 0.01, "percentile": 0.5},
        "known_exploited": False,
        "exploit_available": False,
        "fix_installed": False,
        **moment("published_at", 5),
        **moment("fixed_at", 5),
        **changes,
    }
    return found


def reported(**fields: Any) -> dict[str, Any]:
    """Return a secret, misconfiguration or the like of the scan."""
    return {**fields, "reported_by": [{"scanner": "trivy", "source": 0, "pointer": "/x"}]}


def signed(kind: str, **changes: Any) -> dict[str, Any]:
    """Return a signature that holds."""
    return {
        "kind": kind,
        "repository": "registry.example/team/app",
        "tag": "1.4",
        "signed_digest": DIGEST,
        "verified": True,
        "signer": "release",
        "identity": None,
        "issuer": None,
        "keyids": [kind],
        **moment("signed_at", 1),
        **moment("expires", -30),
        "verifier": "policyengine",
        "problem": None,
        "reported_by": [{"source": 0, "pointer": "/x"}],
        **changes,
    }


def document() -> dict[str, Any]:
    """Return the document as JSON; a caller may change it."""
    origin = Origin(location="Dockerfile", sha256="b" * 64, media_type="text/x-dockerfile")
    (dockerfile,) = read_dockerfile(DOCKERFILE.encode(), origin, DEFAULT_LIMITS)
    reports = GatheredReports(
        scans=(scan_report(vulnerability()),),
        sboms=(sbom_document(),),
        trusts=(trust_record(signature()),),
        dockerfiles=(dockerfile,),
    )
    of = subject(reference=f"{REPOSITORY}:1.4@{DIGEST}")
    found: dict[str, Any] = orjson.loads(
        assemble(
            image_evidence(of=of, having=image(CONFIG)),
            reports,
            environment="production",
            evaluated_at=NOW,
        ).encoded
    )
    found["image"]["user"] = {
        "name": "10001:10001",
        "uid": 10001,
        "gid": 10001,
        "is_root": False,
        "resolved_by": "number",
    }
    found["image"]["history"][0]["created_by"] = "COPY app /app # buildkit"
    found["image_manifest"] = {
        "digest": DIGEST,
        "media_type": "application/vnd.oci.image.manifest.v1+json",
        "size": 900,
        "layers": [
            {
                "digest": LAYER,
                "media_type": "application/vnd.oci.image.layer.v1.tar+gzip",
                "size": 800,
            }
        ],
        "annotations": {},
    }
    found["base"] = {
        "name": BASE,
        "digest": BASE.partition("@")[2],
        **moment("created", 20),
        "found_in": "label",
        "newer_known": False,
        "newer": None,
        "also_found": [],
    }
    found["layers"] = layers()
    found["scan"]["vulnerabilities"] = [finding()]
    found["scan"]["reports"][0].update(
        covers_secrets=True,
        covers_misconfigurations=True,
        distribution="debian 13",
        end_of_life=False,
        subject_match="digest",
        **moment("finished_at", 1),
        **moment("database_built_at", 1),
    )
    found["sbom"]["packages"] = [package()]
    found["sbom"]["documents"][0].update(
        authors=["Vendor"], package_count=1, subject_match="digest", **moment("created", 1)
    )
    quality = found["sbom"]["documents"][0]["quality"]
    quality["minimum_elements"] = dict.fromkeys(quality["minimum_elements"], True)
    quality["shares"] = dict.fromkeys(quality["shares"], 1)
    for kind in ("scan", "sbom"):
        found["evidence"][kind]["sources"][0]["attested_by"] = {
            "predicate_type": f"https://{kind}.example",
            "verified": True,
            "signer": "release",
            "identity": None,
            "issuer": None,
        }
    found["trust"]["records"][0]["anchor"] = "pinned"
    found["trust"]["signatures"] = [
        signed("notary"),
        signed("cosign", identity="release@git.example", issuer="https://git.example"),
        signed("notation", identity="CN=release,O=Example", issuer="CN=Root"),
    ]
    found["trust"]["attestations"] = [provenance()]
    found["trust"]["policy"] = {
        "source": 0,
        "signers": [
            {"name": "release", "keyids": ["notary"], "identities": [], "repositories": []}
        ],
        "requirements": [
            {
                "repositories": ["registry.example/**"],
                "signers": ["release"],
                "threshold": 1,
                "predicate_types": [],
                "applies": True,
                "met_by": ["release"],
                "met": True,
            }
        ],
    }
    return found


def layers() -> dict[str, Any]:
    """Return the section of an image whose layers hold nothing that is denied."""
    return {
        "layers": [
            {
                "layer": LAYER,
                "created_by": "COPY app /app # buildkit",
                "files": 1,
                "size": 700,
                "wasted": 0,
                "removed": 0,
            }
        ],
        "files": 1,
        "size": 700,
        "wasted": 0,
        "setuid": [],
        "setgid": [],
        "world_writable": [],
        "credentials": [],
        "package_databases": [],
        "package_managers": [],
        "shells": [],
    }


def layer_file(path: str, mode: str) -> dict[str, Any]:
    """Return a file of the layers."""
    return {
        "path": path,
        "layer": LAYER,
        "kind": "file",
        "mode": mode,
        "uid": 0,
        "gid": 0,
        "size": 1,
        "name": None,
    }


def provenance() -> dict[str, Any]:
    """Return an attestation of a build that is as the parameters ask."""
    return {
        "envelope": "dsse",
        "predicate_type": "https://slsa.dev/provenance/v1",
        "subjects": [{"name": "app", "digests": {"sha256": DIGEST.partition(":")[2]}}],
        "predicate": {},
        "content": None,
        "build": {
            "builder_id": "https://builders.example/1",
            "build_type": "https://builds.example/1",
            "source_repository": "https://git.example/team/app",
            "source_commit": "0" * 40,
            "source_ref": "refs/tags/1.4",
            "parameters": {},
            "invocation_id": "1",
            **moment("started_at", 2),
            **moment("finished_at", 2),
            "resolved_dependencies": [
                {"uri": "https://a.example", "digests": {"sha256": "0" * 64}}
            ],
            "level": 3,
            "level_source": "the trust policy",
        },
        "verified": True,
        "signer": "release",
        "identity": None,
        "issuer": None,
        "keyids": ["cosign"],
        **moment("signed_at", 1),
        "verifier": "policyengine",
        "problem": None,
        "reported_by": [{"source": 0, "pointer": "/x"}],
    }


def instruction(text: str) -> dict[str, Any]:
    """Return the last instruction of a Dockerfile whose last line is ``text``."""
    origin = Origin(location="Dockerfile", sha256="b" * 64, media_type="text/x-dockerfile")
    whole = f"FROM {BASE}\n{text}\n".encode()
    (read,) = read_dockerfile(whole, origin, DEFAULT_LIMITS)
    section: Any = dockerfile_section(read)
    found: dict[str, Any] = section["stages"][0]["instructions"][-1]
    return found


def written(text: str) -> Change:
    """Add an instruction to the last stage of the Dockerfile."""

    def change(found: Any) -> None:
        found["dockerfile"]["stages"][-1]["instructions"].append(instruction(text))

    return change


def step(text: str) -> Change:
    """Add a step to the image history."""

    def change(found: Any) -> None:
        entry = {**found["image"]["history"][0], "created_by": text, "layer": None}
        found["image"]["history"].append(entry)

    return change


def configured(**fields: Any) -> Change:
    """Add to the lists and objects of the image's configuration, or set a field of it."""

    def change(found: Any) -> None:
        config = found["image"]["config"]
        for name, value in fields.items():
            if isinstance(value, list):
                config[name] = [*config.get(name, []), *value]
            elif isinstance(value, dict):
                config[name] = {**config.get(name, {}), **value}
            else:
                config[name] = value

    return change


def vulnerable(**changes: Any) -> Change:
    """Add a vulnerability to the scan."""
    fresh = {"id": "CVE-2026-0002", **changes}
    return lambda found: found["scan"]["vulnerabilities"].append(finding(**fresh))


def scanned(kind: str, **fields: Any) -> Change:
    return lambda found: found["scan"][kind].append(reported(**fields))


def report(**fields: Any) -> Change:
    return lambda found: found["scan"]["reports"][0].update(fields)


def packaged(**changes: Any) -> Change:
    return lambda found: found["sbom"]["packages"].append(package(**changes))


def bill(**fields: Any) -> Change:
    return lambda found: found["sbom"]["documents"][0].update(fields)


def built(**fields: Any) -> Change:
    return lambda found: found["trust"]["attestations"][0]["build"].update(fields)


def based(**fields: Any) -> Change:
    return lambda found: found["base"].update(fields)


def without_signatures(*kinds: str) -> Change:
    """Take away the signatures of these systems."""

    def change(found: Any) -> None:
        signatures = found["trust"]["signatures"]
        found["trust"]["signatures"] = [item for item in signatures if item["kind"] not in kinds]

    return change


def each_signature(**fields: Any) -> Change:
    def change(found: Any) -> None:
        for item in found["trust"]["signatures"]:
            item.update(fields)

    return change


def without(section: str, key: str) -> Change:
    return lambda found: found[section].update({key: []})


def of_layers(kind: str, item: dict[str, Any]) -> Change:
    return lambda found: found["layers"][kind].append(item)


def without_instruction(keyword: str) -> Change:
    def change(found: Any) -> None:
        for stage in found["dockerfile"]["stages"]:
            stage["instructions"] = [
                item for item in stage["instructions"] if item["instruction"] != keyword
            ]

    return change


def based_in_dockerfile(**fields: Any) -> Change:
    return lambda found: found["dockerfile"]["stages"][0]["base"].update(fields)


SECRET = "ghp_" + "a" * 36

# What is there to deny, by the rule that is to deny it.
BAD: dict[str, Change] = {
    "base.age": based(**moment("created", 60)),
    "base.allowed": based(name="docker.io/library/x:1"),
    "base.known": based(name=None),
    "base.latest": based(name="registry.example/base/static:latest"),
    "base.pinned": based(digest=None),
    "dockerfile.add": written("ADD a b"),
    "dockerfile.add_url": written("ADD https://a.example/x /x"),
    "dockerfile.healthcheck": without_instruction("HEALTHCHECK"),
    "dockerfile.latest_base": based_in_dockerfile(tag="latest", digest=None),
    "dockerfile.pinned_base": based_in_dockerfile(digest=None),
    "dockerfile.piped_download": written("ONBUILD RUN curl https://a.example | sh"),
    "dockerfile.privileged_ports": written("EXPOSE 25"),
    "dockerfile.secrets": written(f"ENV X={SECRET}"),
    "dockerfile.secrets_commands": written("RUN DB_PASSWORD=hunter2 make"),
    "dockerfile.ssh_port": written("EXPOSE 22"),
    "dockerfile.sudo": written('RUN ["sudo", "id"]'),
    "dockerfile.unverified_download": written("RUN curl -k https://a.example"),
    "dockerfile.unverified_packages": written("RUN apk add --allow-untrusted x"),
    "dockerfile.update_alone": written("RUN apt-get update"),
    "dockerfile.user": without_instruction("USER"),
    "dockerfile.world_writable": written("RUN chmod 777 /app"),
    "history.add": step("ADD a b # buildkit"),
    "history.add_url": step("ADD https://a.example/x /x # buildkit"),
    "history.complete": lambda found: found["image"]["layers"].append("sha256:" + "9" * 64),
    "history.piped_download": step("RUN |1 A=b /bin/sh -c curl x | env bash # buildkit"),
    "history.sudo": step("/bin/sh -c su'do' id"),
    "history.unverified_download": step("RUN /bin/sh -c wget --no-check-certificate x # buildkit"),
    "history.unverified_packages": step("RUN /bin/sh -c dnf --nogpgcheck install x # buildkit"),
    "history.update_alone": step("RUN /bin/sh -c apk update # buildkit"),
    "history.world_writable": step("COPY --chmod=777 a b # buildkit"),
    "image.age": lambda found: found["image"].update(moment("created", 90)),
    "image.creation_date": lambda found: found["image"].update(created=None, created_ns=None),
    "image.allowed_platforms": lambda found: found["image"]["platform"].update(os="windows"),
    "image.command": lambda found: found["image"]["config"].pop("Entrypoint", None),
    "image.healthcheck": configured(Healthcheck={"Test": ["NONE"]}),
    "image.latest": lambda found: found["subject"].update(tag="latest"),
    "image.minimum_uid": lambda found: found["image"]["user"].update(uid=5),
    "image.onbuild": configured(OnBuild=["RUN make"]),
    "image.ssh_port": configured(ExposedPorts={"22/tcp": {}}),
    "image.privileged_ports": configured(ExposedPorts={"81/tcp": {}}),
    "image.unreadable_ports": configured(ExposedPorts={"ssh": {}}),
    "image.required_labels": configured(Labels={"owner": " "}),
    "image.root_user": lambda found: found["image"]["user"].update(uid=0, is_root=True),
    "image.user_must_resolve": lambda found: found["image"]["user"].update(uid=None, is_root=None),
    "image.secrets_command": configured(Cmd=["--password", "hunter2"]),
    "image.secrets_env": configured(Env=["DB_PASSWORD=hunter2"]),
    "image.secrets_history": step("ENV DB_PASSWORD=hunter2"),
    "image.tokens_history": step(f"RUN /bin/sh -c login {SECRET} # buildkit"),
    "image.secrets_labels": configured(Labels={"owner": "team", "token": SECRET}),
    "image.sensitive_volumes": configured(Volumes={"/etc": {}}),
    "image.stop_signal": configured(StopSignal="SIGKILL"),
    "image.unsafe_env": configured(Env=["LD_PRELOAD=/x.so"]),
    "layers.credentials": of_layers(
        "credentials",
        {"path": "/id_rsa", "layer": LAYER, "name": "private_key", "size": 1, "removed_in": None},
    ),
    "layers.foreign": lambda found: found["image_manifest"]["layers"][0].update(
        media_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    ),
    "layers.limit": lambda found: found["image"]["layers"].extend([LAYER, LAYER]),
    "layers.setuid": of_layers("setuid", layer_file("/bin/su", "4755")),
    "layers.size": lambda found: found["image_manifest"].update(size=2000),
    "layers.world_writable": of_layers("world_writable", layer_file("/app", "0777")),
    "license.allowed": packaged(licenses=[licensed("BSD-2-Clause")]),
    "license.forbidden": packaged(licenses=[licensed("AGPL-3.0-only")]),
    "license.unknown": packaged(licenses=[]),
    "package.limit": lambda found: found["sbom"]["packages"].extend([package(), package()]),
    "package.minimum_version": packaged(version="1.1"),
    "package.forbidden": packaged(name="telnetd"),
    "provenance.builder": built(builder_id="https://else.example"),
    "provenance.present": without("trust", "attestations"),
    "provenance.slsa_level": built(level=1),
    "provenance.source_ref": built(source_ref="refs/heads/x"),
    "provenance.source_repository": built(source_repository="https://else.example/x"),
    "reference.forbidden_tag": lambda found: found["subject"].update(tag="nightly"),
    "reference.pinned": lambda found: found["subject"].update(reference=f"{REPOSITORY}:1.4"),
    "reference.tag_pattern": lambda found: found["subject"].update(tag="a"),
    "registry.allowed": lambda found: found["subject"].update(registry="else.example"),
    "registry.forbidden": lambda found: found["subject"].update(registry="docker.io"),
    "registry.repository": lambda found: found["subject"].update(repository="x/y"),
    "sbom.about_this_image": bill(subject_match="unknown"),
    "sbom.attested": lambda found: found["evidence"]["sbom"]["sources"][0].update(attested_by=None),
    "sbom.fresh": bill(**moment("created", 9)),
    "sbom.identified": lambda found: found["sbom"]["documents"][0]["quality"]["shares"].update(
        unique_identifier=0.5
    ),
    "sbom.minimum_elements": lambda found: found["sbom"]["documents"][0]["quality"][
        "minimum_elements"
    ].update(author=False),
    "sbom.not_empty": bill(package_count=0),
    "sbom.present": without("sbom", "documents"),
    "scan.about_this_image": report(subject_match="unknown"),
    "scan.age": report(**moment("finished_at", 9)),
    "scan.covers_vulnerabilities": report(covers_vulnerabilities=False),
    "scan.database_age": report(**moment("database_built_at", 9)),
    "scan.end_of_life": report(end_of_life=True),
    "scan.epss": vulnerable(epss={"score": 0.5, "percentile": None}),
    "scan.exploit_available": vulnerable(exploit_available=True),
    "scan.fix_overdue": vulnerable(severity="low", **moment("fixed_at", 20)),
    "scan.known_exploited": vulnerable(known_exploited=True),
    "scan.licenses": scanned(
        "licenses",
        license="X",
        category=None,
        severity="low",
        severity_word="LOW",
        package=None,
        path=None,
    ),
    "scan.misconfigurations": scanned(
        "misconfigurations",
        id="X",
        title="x",
        message="x",
        severity="low",
        severity_word="LOW",
        path=None,
    ),
    "scan.present": without("scan", "reports"),
    "scan.published": vulnerable(severity="low", **moment("published_at", 20)),
    "scan.required_scanners": report(scanner="other"),
    "scan.secrets": scanned(
        "secrets",
        rule_id="x",
        title="x",
        severity="low",
        severity_word="LOW",
        path="/x",
        start_line=None,
        layer=None,
    ),
    "scan.total": lambda found: found["scan"]["vulnerabilities"].extend(
        [finding(severity="low", fix_state="not_fixed", fixed_versions=[], fixes=[])] * 2
    ),
    "scan.verdict": scanned("verdicts", policy="x", passed=False, word="fail", reason=None),
    "scan.fixable": vulnerable(severity="low"),
    "scan.unfixed": vulnerable(
        severity="low", fix_state="not_fixed", fixed_versions=[], fixes=[], least_fixed_version=None
    ),
    "signature.age": each_signature(**moment("signed_at", 9)),
    "signature.cosign_identity": without_signatures("cosign"),
    "signature.expiry": each_signature(**moment("expires", -2)),
    "signature.key_expiry": each_signature(keyids=["old"]),
    "signature.notary_anchor": lambda found: found["trust"]["records"][0].update(
        anchor="first_use"
    ),
    "signature.notation_identity": without_signatures("notation"),
    "signature.required_kinds": without_signatures("notary"),
    "signature.verified": without_signatures("notary", "cosign", "notation"),
    "trust.policy_given": lambda found: found["trust"].update(policy=None),
    "trust.required_attestations": without("trust", "attestations"),
    "trust.required_signers": each_signature(signer="other"),
    "trust.policy": lambda found: found["trust"]["policy"]["requirements"][0].update(
        met=False, met_by=[]
    ),
}
