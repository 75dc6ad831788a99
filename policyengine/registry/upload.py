"""Blobs and manifests into a repository, by the OCI distribution specification 1.1, "Push"."""

from __future__ import annotations

import httpx

from policyengine.errors import NotInRegistry, SourceUnavailable
from policyengine.registry.endpoint import origin_of, shown, web_address
from policyengine.registry.session import Session
from policyengine.registry.transport import UPLOAD_LOCATION, Call

_OK = 200


def push_blob(session: Session, digest: str, content: bytes) -> None:
    """Upload a blob in one piece, unless it is there. Raises SourceUnavailable."""
    place = session.endpoint.blob_url(digest)
    what = f"blob {digest}"
    try:
        session.ask(Call(url=place, method="HEAD", successes=(_OK,)), what, _closed)
    except NotInRegistry:
        pass
    else:
        return
    begin = session.endpoint.uploads_url()
    location = session.ask(
        Call(url=begin, method="POST", content=b"", successes=(202,)),
        "a place for an upload",
        _location,
    )
    target = None if location is None else web_address(location, begin)
    # The login goes with it, so it stays with whom it was given to.
    if target is None or origin_of(target) != origin_of(begin):
        raise SourceUnavailable(
            "the registry names no place of its own to upload to",
            where=shown(begin),
            expected=f"Location at {origin_of(begin)}",
        )
    session.ask(
        Call(
            url=target.copy_merge_params({"digest": digest}),
            headers={"Content-Type": "application/octet-stream"},
            method="PUT",
            content=content,
            successes=(201,),
        ),
        f"upload of {what}",
        _closed,
    )


def push_manifest(session: Session, tag: str, content: bytes, media_type: str) -> bool:
    """Put a manifest under ``tag``, which may be its digest. Return whether the registry lists it
    among the referrers of its subject: it says so by ``OCI-Subject``. Raises SourceUnavailable."""
    return session.ask(
        Call(
            url=session.endpoint.manifest_url(tag),
            headers={"Content-Type": media_type},
            method="PUT",
            content=content,
            successes=(201,),
        ),
        f'upload of the manifest "{tag}"',
        _lists_referrers,
    )


def _closed(response: httpx.Response) -> None:
    response.close()


def _lists_referrers(response: httpx.Response) -> bool:
    response.close()
    return "oci-subject" in response.headers


def _location(response: httpx.Response) -> str | None:
    response.close()
    location = response.extensions.get(UPLOAD_LOCATION)
    return str(location) if location is not None else None
