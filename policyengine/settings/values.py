"""The settings in force, and where each comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policyengine.model.access import ClientCertificate, DaemonAccess, RegistryAccess
from policyengine.model.json_value import JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.waiver import WaiverRules
from policyengine.rego.engine import EvaluationLimits

_KEYID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingValue:
    """One setting in force. ``origin`` is ``default``, or the file that sets it."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, by dotted name. Relative paths are relative to ``folder``."""

    values: Mapping[str, SettingValue]
    folder: Path

    def get(self, name: str) -> Any:
        """Return the value of a setting of the table."""
        return self.values[name].value

    @property
    def bundle(self) -> str:
        """Name, path or place in a registry; a path in the file is relative to it."""
        setting = self.values["bundle"]
        name = str(setting.value)
        is_path = "/" in name and "://" not in name
        return str(self.folder / name) if setting.origin != "default" and is_path else name

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return str(self.get("engine"))

    @property
    def fail_on(self) -> str:
        """``deny`` or ``warn``."""
        return str(self.get("fail_on"))

    @property
    def parameters(self) -> Mapping[str, JsonValue]:
        """Parameters of the bundle."""
        return dict(self.get("parameters"))

    def read_limits(self) -> ReadLimits:
        """Return the section ``limits``."""
        names = ReadLimits.__dataclass_fields__
        return ReadLimits(**{name: self.get(f"limits.{name}") for name in names})

    def evaluation_limits(self) -> EvaluationLimits:
        """Return the section ``evaluation``."""
        return EvaluationLimits(
            seconds=float(self.get("evaluation.seconds")),
            memory=int(self.get("evaluation.memory_mib")) * 1024 * 1024,
            steps=int(self.get("evaluation.steps")),
            depth=int(self.get("evaluation.depth")),
            size=int(self.get("evaluation.size")),
        )

    def registry_access(self) -> RegistryAccess:
        """Return the section ``registry``."""
        config = self.get("registry.docker_config")
        return RegistryAccess(
            insecure_hosts=frozenset(self.get("registry.insecure_hosts")),
            ca_files=tuple(self._path(item) for item in self.get("registry.ca_files")),
            client_certificates=tuple(
                (
                    host,
                    ClientCertificate(
                        certificate=self._path(pair["certificate"]),
                        private_key=self._path(pair["private_key"]),
                    ),
                )
                for host, pair in sorted(self.get("registry.client_certificates").items())
            ),
            mirrors=tuple(
                (host, tuple(mirrors))
                for host, mirrors in sorted(self.get("registry.mirrors").items())
            ),
            docker_config=None if config is None else self._path(config),
            timeout=float(self.get("registry.timeout")),
            retries=int(self.get("registry.retries")),
        )

    def trust_notary(self) -> str | None:
        """Return ``trust.notary``: a URL, or a directory relative to the settings file."""
        value = self.get("trust.notary")
        is_url = value is None or value.startswith(("https://", "http://"))
        return value if is_url else str(self._path(value))

    def trust_roots(self) -> tuple[str, ...]:
        """Return ``trust.roots``: files relative to the settings file, and key ids as they are."""
        return tuple(
            text if _KEYID.fullmatch(text) else str(self._path(text))
            for text in self.get("trust.roots")
        )

    def base_catalogue(self) -> Path | None:
        """Return the file of ``bases.catalogue``."""
        value = self.get("bases.catalogue")
        return None if value is None else self._path(value)

    def trust_path(self, name: str) -> Path | None:
        """Return the file of a setting of ``trust`` that is a path."""
        value = self.get(f"trust.{name}")
        return None if value is None else self._path(value)

    def waiver_files(self) -> tuple[str, ...]:
        """Return ``waivers.files``, relative to the settings file."""
        return tuple(str(self._path(text)) for text in self.get("waivers.files"))

    def waiver_rules(self) -> WaiverRules:
        """Return the section ``waivers``."""
        return WaiverRules(
            max_days=int(self.get("waivers.max_days")),
            approvers=frozenset(self.get("waivers.approvers")),
        )

    def daemon_access(self) -> DaemonAccess:
        """Return the section ``daemon``."""
        return DaemonAccess(host=self.get("daemon.host"), timeout=float(self.get("daemon.timeout")))

    def _path(self, text: str) -> Path:
        return self.folder / Path(text).expanduser()
