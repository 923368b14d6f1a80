"""Lists in pieces: how many, from where, and where to go on."""

import base64
import binascii
import re
from typing import Annotated, Final

from fastapi import Query
from starlette.requests import Request

from enclave.problems.http import MalformedRequest

DEFAULT_LIMIT: Final = 50
MOST: Final = 200
PLACE: Final = re.compile(r"[A-Z]{1,3}-[0-9]{1,15}")

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items, at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="Where to go on: the `next` of the piece before.")
]


def place_of(cursor: str | None, kind: str) -> str | None:
    """The id that a cursor of a list of this kind goes on after."""
    if cursor is None:
        return None
    try:
        found, _, place = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition(" ")
    except (ValueError, binascii.Error):
        raise _unreadable() from None
    if found != kind or not PLACE.fullmatch(place) or cursor_to(place, kind) != cursor:
        raise _unreadable()
    return place


def cursor_to(place: str, kind: str) -> str:
    """A cursor that goes on after the id `place`. Opaque: what it is made of may change."""
    return base64.urlsafe_b64encode(f"{kind} {place}".encode("ascii")).decode("ascii")


def link_to(request: Request, cursor: str) -> str:
    """The `Link` header of a piece that is followed by another."""
    address = request.url.include_query_params(cursor=cursor)
    return f'<{address.path}?{address.query}>; rel="next"'


def _unreadable() -> MalformedRequest:
    return MalformedRequest(detail="The cursor is none of this list. Take the `next` of the piece before it.")
