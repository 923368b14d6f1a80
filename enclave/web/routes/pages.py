"""Pages and files for anybody: the register, the public log, what each problem means, and whether the service is up."""

import re
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from enclave.problems.service import NotFound
from enclave.transparency import STYLESHEET, project_page, register_page
from enclave.web import schemas
from enclave.web.answers import json_answer
from enclave.web.documented import Responses, ends, gives
from enclave.web.problem_pages import problem_page
from enclave.web.routes.names import ProjectPath
from enclave.web.routes.public import the_register
from enclave.web.service import TheService, stranger

router = APIRouter(tags=["pages"], dependencies=[Depends(stranger)])

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HTML: Final = "text/html; charset=utf-8"
LOG_FILE: Final = re.compile(r"checkpoint|log\.vkey|tile/(?:entries|\d)(?:/(?:x?\d{3}))+(?:\.p/\d{1,3})?")
FOR_EVER: Final = "public, max-age=31536000, immutable"
Search = Annotated[str, Query(max_length=200, description="Only uses that mention this.")]


def _text(media: str) -> Responses:
    return {
        200: {"description": "As asked", "content": {media: {"schema": {"type": "string"}}}},
        **ends(NotFound),
    }


@router.get("/register", responses=_text("text/html"), response_class=Response)
def register(service: TheService, search: Search = "") -> Response:
    """The register of uses, as a page."""
    return _page(register_page(the_register(service), search=search))


@router.get("/register/style.css", responses=_text("text/css"), response_class=Response)
def style() -> Response:
    """How the pages look."""
    return Response(STYLESHEET, media_type="text/css; charset=utf-8")


@router.get("/register/{project}", responses=_text("text/html"), response_class=Response)
def register_entry(project: ProjectPath, service: TheService) -> Response:
    """One use, as a page."""
    found = project_page(the_register(service), project)
    if found is None:
        raise NotFound(detail="There is no such project on the register.")
    return _page(found)


@router.get("/problems/{code}", responses=_text("text/html"), response_class=Response)
def problem(code: ProjectPath) -> Response:
    """What a problem means, and what to do."""
    found = problem_page(code)
    if found is None:
        raise NotFound(detail="There is no such problem.")
    return _page(found)


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
    """A file of the public log, in the C2SP formats: `checkpoint`, `log.vkey` and tiles."""
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


def _page(text: str) -> Response:
    return Response(text, media_type=HTML, headers={"Content-Security-Policy": PAGE_POLICY})


def _log_file(folder: Path, path: str) -> bytes | None:
    """Only what the log's own names can spell: no other file is ever opened."""
    if LOG_FILE.fullmatch(path) is None:
        return None
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
