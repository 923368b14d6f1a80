"""Stylesheets and scripts of the pages. Each address holds the hash of what it gives, so it may be kept for ever.

`frontend/` makes the files; they are committed beside this module, and no other host is ever asked for anything.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from enclave.problems.service import NotFound

FOLDER: Final = Path(__file__).parent / "assets"
FOR_EVER: Final = "public, max-age=31536000, immutable"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
HASH_CHARACTERS: Final = 16

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: `address` changes with what is in it."""

    address: str
    media_type: str
    plain: bytes
    packed: bytes


@router.get("/assets/{name}", response_class=Response)
def asset_file(name: str, request: Request) -> Response:
    """One file, by the name that pages call it by."""
    found = _by_address().get(f"/assets/{name}")
    if found is None:
        raise NotFound(detail="There is no such file.")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type
        )
    return Response(found.plain, headers=headers, media_type=found.media_type)


def asset(name: str) -> str:
    """The address of a file of `assets/`, for a page. A name that is not there is a mistake of ours."""
    return _by_name()[name].address


@cache
def _by_name() -> Mapping[str, Asset]:
    return {path.name: _asset(path) for path in sorted(FOLDER.iterdir()) if path.suffix in MEDIA_TYPES}


@cache
def _by_address() -> Mapping[str, Asset]:
    return {found.address: found for found in _by_name().values()}


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    hashed = hashlib.sha256(plain).hexdigest()[:HASH_CHARACTERS]
    address = f"/assets/{path.stem}.{hashed}{path.suffix}"
    return Asset(address, MEDIA_TYPES[path.suffix], plain, gzip.compress(plain, mtime=0))
