"""Files signed as a list: one JSON Web Token over their names and digests, and whose count.

Bundles and waiver files are signed and trusted by the same steps; what differs between them (how a
file is hashed, and which names an entry of the settings is held against) is in their own rooms.
"""

from __future__ import annotations

from policyengine.signed_files.token import (
    Digest,
    Signature,
    SignedList,
    SigningTerms,
    hold_files,
    plain_digest,
    signatures_document,
    verified_list,
)
from policyengine.signed_files.trusted import (
    Trusted,
    TrustedKey,
    signing_material,
    trusted_keys,
    trusted_of,
)

__all__ = [
    "Digest",
    "Signature",
    "SignedList",
    "SigningTerms",
    "Trusted",
    "TrustedKey",
    "hold_files",
    "plain_digest",
    "signatures_document",
    "signing_material",
    "trusted_keys",
    "trusted_of",
    "verified_list",
]
