"""cosign's own signatures made with a certificate: not read yet as verified."""

from __future__ import annotations

from policyengine.collect.trust.finding import Finding
from policyengine.model.trust_material import CosignSignature
from policyengine.model.trust_policy import TrustPolicy


def by_certificate_and_log(item: CosignSignature, policy: TrustPolicy | None) -> Finding:
    """Return who signed ``item``."""
    del item, policy
    return Finding(problem="is made with a certificate in cosign's older form")
