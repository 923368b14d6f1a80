"""The register of uses: searched, one use in full, and as files for spreadsheets and feed readers."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.problems.service import NotFound
from enclave.terms import ProjectId
from enclave.transparency import register_words as words
from enclave.transparency.coming import coming_json
from enclave.transparency.feed import MOST_NEWS, news_of
from enclave.transparency.register_csv import register_csv
from enclave.transparency.register_json import reach_json, totals
from enclave.web.pages.rendering import page, render
from enclave.web.pages.visitor import Anybody
from enclave.web.routes.names import OfProject, ProjectPath
from enclave.web.routes.public import changes_to_come, the_register
from enclave.web.service import TheService
from enclave.wiring.public_reach import published_reach

router = APIRouter(include_in_schema=False)

LISTED: Final = 100
"""Releases on the page of a use. All of them are in the JSON."""
STAGES: Final = ("active", "application", "rejected", "not begun", "paused", "ended", "closed")
Search = Annotated[str, Query(max_length=200, description="Only uses that mention this.")]
Stage = Annotated[str, Query(max_length=20, pattern="^[a-z ]*$")]


@router.get("/register")
def register(
    request: Request, visitor: Anybody, service: TheService, search: Search = "", stage: Stage = ""
) -> Response:
    """Every use, or those that mention a word."""
    del visitor
    found = the_register(service, listed=0)
    return page(
        request,
        "public/register.html",
        register=found,
        totals=totals(found),
        entries=words.found(found, search=search, stage=stage),
        search=search,
        stage=stage,
        coming=coming_json(changes_to_come(service))["items"],
        stages=[one for one in STAGES if found.of_stage(one)],
        words=words,
    )


@router.get("/register.csv")
def as_csv(visitor: Anybody, service: TheService) -> Response:
    """Every item of every use, for a spreadsheet."""
    del visitor
    content = register_csv(the_register(service, listed=LISTED), published_reach(service.gateway.home))
    headers = {"Content-Disposition": 'attachment; filename="register.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/register.atom")
def feed(request: Request, visitor: Anybody, service: TheService, project: OfProject = None) -> Response:
    """What is new, of all uses or of one, for a feed reader."""
    del visitor
    only = None if project is None else ProjectId(project)
    found = the_register(service, only=only, listed=MOST_NEWS)
    if not found.projects and only is not None:
        raise NotFound(detail="There is no such project on the register.")
    host = str(request.base_url).rstrip("/")
    text = render(
        "public/feed.xml",
        register=found,
        news=news_of(found),
        host=host,
        project=project,
        synthetic=found.house.synthetic,
    )
    return Response(text, media_type="application/atom+xml; charset=utf-8")


@router.get("/register/{project}")
def use(request: Request, project: ProjectPath, visitor: Anybody, service: TheService) -> Response:
    """One use in full: who, why, by what right, which items, and what came of it."""
    del visitor
    found = the_register(service, only=ProjectId(project), listed=LISTED)
    entry = found.entry(project)
    if entry is None:
        raise NotFound(detail="There is no such project on the register.")
    return page(
        request,
        "public/use.html",
        register=found,
        entry=entry,
        reach=reach_json(published_reach(service.gateway.home), project),
        cluster=next((one.one for one in service.desk.policies().catalogue.clusters.values()), "group"),
        words=words,
    )
