"""containers/image: ``policy.json`` and simple signing, by GPG or in Sigstore's form.

Source: containers/image ``docs/containers-policy.json.5.md`` and
``docs/containers-signature.5.md``. ``policy`` reads the policy, ``payload`` what was signed,
``gpg`` runs the program, ``verify`` decides.
"""

from __future__ import annotations
