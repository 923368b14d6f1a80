"""What headers ask for: how long to wait, which version was seen, and what makes a call safe to repeat."""

import hashlib
import re
from typing import Final

from starlette.requests import Request

from enclave.actions.asker import Key
from enclave.problems.http import MalformedRequest, PreconditionRequired
from enclave.problems.service import PreconditionFailed

LONGEST_WAIT_SECONDS: Final = 60
WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?=[,;]|$)", re.IGNORECASE)
KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
TAG: Final = re.compile(r'"([\x21\x23-\x7e]{1,100})"')


def wait_seconds(request: Request) -> int | None:
    """The wait that `Prefer: wait=N` (RFC 7240) asks for, at most a minute; None if it asks for none."""
    found = WAIT.search(",".join(request.headers.getlist("prefer")))
    return min(int(found[1]), LONGEST_WAIT_SECONDS) if found else None


async def idempotency_key(request: Request) -> Key | None:
    """The caller's `Idempotency-Key`, bound to the call that it came with."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not KEY.fullmatch(keys[0]):
        raise MalformedRequest(
            detail="An Idempotency-Key has 1 to 255 printable ASCII characters, and stands once."
        )
    call = f"{request.method} {request.url.path}\n".encode()
    return Key(keys[0], hashlib.sha256(call + await request.body()).digest())


def entity_tag(name: str) -> str:
    """The ETag of a version that is called so."""
    return f'"{name}"'


def seen_version(request: Request) -> str:
    """The version that `If-Match` says was seen.

    Raises:
        PreconditionRequired: it says nothing: whoever decides must say what they have seen.
        PreconditionFailed: it names no one version of ours.
    """
    tags = request.headers.getlist("if-match")
    if not tags or tags == ["*"]:
        detail = "A decision needs the version that you have seen: send the ETag of the output as If-Match."
        raise PreconditionRequired(detail=detail)
    found = TAG.fullmatch(tags[0].strip()) if len(tags) == 1 else None
    if found is None:
        raise PreconditionFailed(
            detail="If-Match names no version of this output. Read it again, then decide."
        )
    return found[1]
