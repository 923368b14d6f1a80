"""Files for anybody: the public log, and whether the service is up."""

import re
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from enclave.problems.service import NotFound
from enclave.web import schemas
from enclave.web.answers import json_answer
from enclave.web.documented import ends, gives
from enclave.web.service import TheService, stranger

router = APIRouter(tags=["pages"], dependencies=[Depends(stranger)])

LOG_FILE: Final = re.compile(
    r"checkpoint|log\.vkey|cosigned/[0-9a-f]{8}|tile/(?:entries|\d)(?:/(?:x?\d{3}))+(?:\.p/\d{1,3})?"
)
FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get(
    "/audit/{path:path}",
    response_class=Response,
    responses={
        200: {
            "description": "A file of the log",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "text/plain": {"schema": {"type": "string"}},
            },
        },
        **ends(NotFound),
    },
)
def log_file(path: str, service: TheService) -> Response:
    """A file of the public log, in the C2SP formats: `checkpoint`, `log.vkey`, `cosigned/…` and tiles."""
    found = _log_file(service.gateway.audit_folder, path)
    if found is None:
        raise NotFound(detail="There is no such file of the log.")
    if path.startswith("tile/"):
        return Response(found, media_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})
    return Response(found, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/healthz", responses=gives(200, schemas.Health, {"status": "ok"}))
def health(service: TheService) -> Response:
    """Whether the service is up and its database answers."""
    with service.desk.records.read():
        return json_answer({"status": "ok"})


def _log_file(folder: Path, path: str) -> bytes | None:
    """Only what the log's own names can spell: no other file is ever opened."""
    if LOG_FILE.fullmatch(path) is None:
        return None
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
