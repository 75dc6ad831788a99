"""Notary v1 repositories made by the test: signed as Notary does, each part open to change."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from policyengine.collect.trust.notary.canonical import canonical_json
from policyengine.collect.trust.notary.keys import key_id

REPOSITORY = "registry.example/prod/api"
EXPIRES = "2030-01-01T00:00:00Z"

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, as what Notary calls ``keytype``."""

    private: Private
    keytype: str
    public: str

    @property
    def keyid(self) -> str:
        """The key's id."""
        return key_id(self.keytype, self.public)

    @property
    def listed(self) -> dict[str, Any]:
        """The key as metadata lists it."""
        return {"keytype": self.keytype, "keyval": {"private": None, "public": self.public}}

    def sign(self, message: bytes) -> dict[str, str]:
        """Return a signature as metadata has it."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            der = self.private.sign(message, ec.ECDSA(hashes.SHA256()))
            size = (self.private.curve.key_size + 7) // 8
            value = b"".join(n.to_bytes(size, "big") for n in utils.decode_dss_signature(der))
            method = "ecdsa"
        elif isinstance(self.private, rsa.RSAPrivateKey):
            scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
            value, method = self.private.sign(message, scheme, hashes.SHA256()), "rsapss"
        else:
            value, method = self.private.sign(message), "eddsa"
        return {"keyid": self.keyid, "method": method, "sig": base64.b64encode(value).decode()}


def new_key(keytype: str = "ecdsa", *, name: str = REPOSITORY, days: int = 3650) -> SigningKey:
    """Make a key; ``name`` and ``days`` are of its certificate, where the type has one."""
    kind = keytype.removesuffix("-x509")
    private: Private
    if kind == "ecdsa":
        private = ec.generate_private_key(ec.SECP256R1())
    elif kind == "rsa":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        private = ed25519.Ed25519PrivateKey.generate()
    if keytype.endswith("-x509"):
        data = _certificate(private, name, days)
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        data = private.public_key().public_bytes_raw()
    else:
        data = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return SigningKey(private, keytype, base64.b64encode(data).decode())


def _certificate(private: Private, name: str, days: int) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def digest_of(text: str) -> str:
    """Return a manifest digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def signed(document: Mapping[str, Any], *keys: SigningKey) -> bytes:
    """Return ``document`` signed by ``keys``, as Notary stores it."""
    message = canonical_json(dict(document))
    signatures = [key.sign(message) for key in keys]
    return orjson.dumps({"signed": document, "signatures": signatures})


def file_meta(data: bytes) -> dict[str, Any]:
    """Return length and hashes of ``data``."""
    return {
        "hashes": {
            name: base64.b64encode(hashlib.new(name, data).digest()).decode()
            for name in ("sha256", "sha512")
        },
        "length": len(data),
    }


def tag_meta(sha256: str) -> dict[str, Any]:
    """Return what a tag's manifest must be."""
    return {"hashes": {"sha256": base64.b64encode(bytes.fromhex(sha256)).decode()}, "length": 528}


Change = Callable[[dict[str, Any]], None]


def _unchanged(_: dict[str, Any]) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository: ``tags`` by role; ``changes`` alter the signed part of a role before it is
    signed; ``signers`` replace the keys that sign a role. ``roots`` are the root's versions."""

    root: SigningKey = field(default_factory=lambda: new_key("ecdsa-x509"))
    targets: SigningKey = field(default_factory=new_key)
    snapshot: SigningKey = field(default_factory=new_key)
    timestamp: SigningKey = field(default_factory=new_key)
    delegations: dict[str, tuple[SigningKey, ...]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    signers: dict[str, tuple[SigningKey, ...]] = field(default_factory=dict)
    roots: list[bytes] = field(default_factory=list)
    version: int = 1
    expires: str = EXPIRES

    def add_root(self, *also: SigningKey) -> None:
        """Add a version of the root, signed by its key and by ``also``."""
        keys = [self.root, self.targets, self.snapshot, self.timestamp]
        names = ("root", "targets", "snapshot", "timestamp")
        document = {
            "_type": "Root",
            "consistent_snapshot": False,
            "expires": self.expires,
            "keys": {key.keyid: key.listed for key in keys},
            "roles": {
                name: {"keyids": [key.keyid], "threshold": 1}
                for name, key in zip(names, keys, strict=True)
            },
            "version": len(self.roots) + 1,
        }
        self.changes.get("root", _unchanged)(document)
        self.roots.append(signed(document, *self.signers.get("root", (self.root, *also))))

    def files(self) -> dict[str, bytes]:
        """Return every file of the repository by its name without ``.json``."""
        if not self.roots:
            self.add_root()
        made = {f"{number}.root": data for number, data in enumerate(self.roots, 1)}
        made["root"] = self.roots[-1]
        for name in self.delegations:
            if name in self.tags:
                made[name] = self._targets(name, self.delegations[name])
        made["targets"] = self._targets("targets", (self.targets,))
        listed = ["root", "targets", *(name for name in self.delegations if name in self.tags)]
        made["snapshot"] = self._sign(
            "snapshot",
            {"_type": "Snapshot", "meta": {name: file_meta(made[name]) for name in listed}},
            (self.snapshot,),
        )
        made["timestamp"] = self._sign(
            "timestamp",
            {"_type": "Timestamp", "meta": {"snapshot": file_meta(made["snapshot"])}},
            (self.timestamp,),
        )
        return made

    def _targets(self, name: str, keys: tuple[SigningKey, ...]) -> bytes:
        below = {
            role: signers
            for role, signers in self.delegations.items()
            if role.rpartition("/")[0] == name
        }
        document = {
            "_type": "Targets",
            "delegations": {
                "keys": {key.keyid: key.listed for item in below.values() for key in item},
                "roles": [
                    {
                        "keyids": [key.keyid for key in signers],
                        "name": role,
                        "paths": [""],
                        "threshold": 1,
                    }
                    for role, signers in below.items()
                ],
            },
            "targets": {tag: tag_meta(sha256) for tag, sha256 in self.tags.get(name, {}).items()},
        }
        return self._sign(name, document, keys)

    def _sign(self, name: str, document: dict[str, Any], keys: tuple[SigningKey, ...]) -> bytes:
        document = {**document, "expires": self.expires, "version": self.version}
        self.changes.get(name, _unchanged)(document)
        return signed(document, *self.signers.get(name, keys))


class MemorySource:
    """Metadata of a repository, as a server gives it."""

    name = "https://notary.example/v2"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def location(self, role: str) -> str:
        return f"{self.name}/{role}.json"

    def current(self, role: str) -> bytes | None:
        return self.files.get(role)

    def root_version(self, version: int) -> bytes | None:
        return self.files.get(f"{version}.root")

    def exact(self, role: str, sha256: str) -> bytes | None:
        return self.files.get(role)
