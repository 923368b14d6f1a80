"""What a request must be before anybody reads it: for us, small, and JSON or a form if it says anything."""

import asyncio
from collections.abc import Collection
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enclave.problems import Problem
from enclave.problems.http import MalformedRequest, TooLarge, UnsupportedMediaType, WrongHost
from enclave.web.problem_json import problem_response

MOST_BYTES: Final = 1 << 20
MOST_PATH_CHARACTERS: Final = 16_384
MOST_SECONDS: Final = 10.0
"""For a body to arrive in."""
PROGRAMS: Final = ("/api/", "/dev/")
FORM: Final = "application/x-www-form-urlencoded"
BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Admission:
    """Turns away what is not for this service; what it lets in has been read whole.

    `hosts` are the names it answers to, None is any: on loopback a page from elsewhere could otherwise have its own
    name point here (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(Request(scope))
            body = await _read(scope, receive)
        except Problem as problem:
            response = problem_response([problem], request_id=scope["state"]["request_id"])
            await response(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _check(self, request: Request) -> None:
        name = request.headers.get("host", "").lower().removesuffix(".")
        host = name.rsplit(":", 1)[0] if not name.endswith("]") else name
        if self._hosts is not None and host not in self._hosts:
            raise WrongHost(detail="The request names a host that this service is not.")
        if (
            len(request.scope["path"]) > MOST_PATH_CHARACTERS
            or len(request.scope["query_string"]) > MOST_PATH_CHARACTERS
        ):
            raise TooLarge(detail=f"The address is longer than {MOST_PATH_CHARACTERS:,} characters.")
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > MOST_BYTES:
            raise TooLarge(detail=f"A request may have {MOST_BYTES:,} bytes.")


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The whole body, if it may have one."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(MOST_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise MalformedRequest(detail="The request ended in its middle.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MOST_BYTES:
                    raise TooLarge(detail=f"A request may have {MOST_BYTES:,} bytes.")
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise MalformedRequest(detail="The request did not arrive in time.") from None
    body = b"".join(parts)
    if body and scope["method"] not in BODILESS and not _is_read(Request(scope)):
        raise UnsupportedMediaType(detail="Send the body as JSON, with Content-Type: application/json.")
    return body


def _is_read(request: Request) -> bool:
    """JSON; and of pages what a form sends."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" or (kind == FORM and not request.url.path.startswith(PROGRAMS))


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more for the reader inside; after it, only that the caller has gone."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
