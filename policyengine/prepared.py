"""Bundles that an engine has prepared: a document in, a verdict out.

``check``, ``gate`` and audits judge by it; nothing here collects evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.document import InputDocument
from policyengine.errors import BundleError, EngineFailed
from policyengine.evaluate import combined, evaluate, unjudgeable, waived
from policyengine.model.instant import Instant
from policyengine.model.policy import BundleIdentity, PolicyBundle
from policyengine.model.verdict import Verdict
from policyengine.model.waiver_set import WaiverSet
from policyengine.rego.engine import EvaluationLimits, PreparedPolicy
from policyengine.rego.engines import engine_named


class PreparedBundles:
    """One bundle or several, prepared by the engine of that name, and the waivers in force.

    Raises RegoCompileError, and BundleError for a bundle that the engine cannot prepare.
    """

    def __init__(
        self,
        bundles: Sequence[PolicyBundle],
        *,
        engine: str,
        limits: EvaluationLimits,
        waivers: WaiverSet,
        cache: bool = False,
    ) -> None:
        chosen = engine_named(engine, cache=cache)
        self.engine = chosen.name
        self._waivers = waivers
        self._prepared: list[tuple[PolicyBundle, PreparedPolicy]] = []
        for bundle in bundles:
            try:
                policy = chosen.prepare(
                    {module.path: module.source for module in bundle.modules},
                    {**bundle.data, "parameters": bundle.parameters},
                    limits=limits,
                    rego_versions={module.path: module.rego_version for module in bundle.modules},
                    strict_builtin_errors=bundle.strict_builtin_errors,
                )
            except EngineFailed as error:
                self.close()
                raise BundleError(
                    f"cannot be evaluated: {error}", where=bundle.identity.name
                ) from None
            self._prepared.append((bundle, policy))

    @property
    def identities(self) -> tuple[BundleIdentity, ...]:
        """Which bundles, exactly."""
        return tuple(bundle.identity for bundle, _ in self._prepared)

    def judge(self, document: InputDocument, *, image: str) -> Verdict:
        """Return the verdict, waivers applied. ``image`` is the reference as the user gave it.

        Raises EvaluationError.
        """
        verdict = combined(
            [
                evaluate(document, bundle, policy, engine=self.engine, image=image)
                for bundle, policy in self._prepared
            ]
        )
        return waived(verdict, self._waivers.waivers, self._waivers.rules)

    def unjudgeable(
        self, image: str, *, problem: str, environment: str | None, now: Instant
    ) -> Verdict:
        """Return the verdict on an image that could not be collected or evaluated."""
        return unjudgeable(
            image,
            problem=problem,
            environment=environment,
            evaluated_at=now,
            bundles=self.identities,
            engine=self.engine,
        )

    def close(self) -> None:
        """Release what the engine holds."""
        for _, policy in self._prepared:
            policy.close()
