"""Statements signed by an identity: a certificate of Fulcio, an entry in Rekor, by Sigstore.

The ``sigstore`` package does all of it, against the public service. The identity is a token of
OpenID Connect: one that is given, else that of the CI system (``id-token: write`` on GitHub).
"""

from __future__ import annotations

import orjson

from policyengine.attest.sign import SignedStatement
from policyengine.attest.statement import Statement
from policyengine.errors import SourceUnavailable, UsageError


def sign_keyless(statement: Statement, *, token: str | None) -> SignedStatement:
    """Sign ``statement`` by an identity.

    Raises UsageError without the ``sigstore`` extra or without an identity, SourceUnavailable where
    Sigstore does not answer or refuses.
    """
    try:
        from sigstore import dsse
        from sigstore.errors import Error
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import IdentityError, IdentityToken, detect_credential
        from sigstore.sign import SigningContext
    except ImportError:
        raise UsageError(
            "signing by an identity needs the package sigstore",
            hint="install image-policyengine[sigstore], or sign with --key",
        ) from None
    try:
        raw = token or detect_credential()
        if raw is None:
            raise UsageError(
                "there is no identity to sign by",
                expected="an OpenID Connect token of the CI system, or --identity-token FILE",
            )
        identity = IdentityToken(raw)
        context = SigningContext.from_trust_config(ClientTrustConfig.production())
        with context.signer(identity) as signer:
            signed = signer.sign_dsse(dsse.Statement(statement.payload))
    except IdentityError:
        # Its text may quote the token.
        raise UsageError(
            "the identity cannot be used to sign", expected="an OpenID Connect token"
        ) from None
    except (Error, OSError) as error:
        raise SourceUnavailable(
            "Sigstore did not sign",
            found=type(error).__name__,
            hint="try again, or sign with --key",
        ) from error
    bundle = signed.to_json().encode()
    envelope = orjson.loads(bundle)["dsseEnvelope"]
    return SignedStatement(statement=statement, envelope=orjson.dumps(envelope), bundle=bundle)
