"""One query: where it is, how it is cancelled, and how its release is asked for."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.ask_release import ask_release
from enclave.actions.cancel_query import cancel_query
from enclave.actions.kept_problems import problems_of
from enclave.actions.read_outputs import read_query
from enclave.outputs.records import QueryId
from enclave.outputs.views import QueryView
from enclave.web.pages.rendering import page
from enclave.web.pages.researcher.marked import marked, refusals_of
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import QueryPath
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

SCRIPT = "HX-Request"
"""The header of a call that the page's own script makes."""


class WhyForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    why: Annotated[str, StringConstraints(max_length=2_000)] = ""


@router.get("/queries/{query}")
def query(
    request: Request, query: QueryPath, visitor: Visitor, service: TheService, then: str = ""
) -> Response:
    """Where a query is. While it runs the page looks again by itself, if it may run a script.

    With `then=output`, as whoever waits for it asks, it goes on to the output once that is released.
    """
    view = read_query(visitor, QueryId(query), service.desk)
    if view.status != "released" or then != "output":
        return _shown(request, view, visitor, service)
    if SCRIPT in request.headers:
        return Response(headers={"HX-Redirect": f"/outputs/{view.output}"})
    return RedirectResponse(f"/outputs/{view.output}", status_code=303)


@router.post("/queries/{query}/cancel")
def cancel(query: QueryPath, visitor: Visitor, service: TheService) -> Response:
    cancel_query(visitor, QueryId(query), service.desk)
    return RedirectResponse(f"/queries/{query}", status_code=303)


@router.post("/queries/{query}/release")
def release(
    request: Request,
    query: QueryPath,
    form: Annotated[WhyForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Send the answer to checkers, with what it is for."""
    if not form.why.strip():
        view = read_query(visitor, QueryId(query), service.desk)
        return _shown(request, view, visitor, service, error="Say what the output is for: checkers read it.")
    output = ask_release(visitor, QueryId(query), form.why, service.desk)
    return RedirectResponse(f"/outputs/{output.id}", status_code=303)


def _shown(
    request: Request, view: QueryView, visitor: Visitor, service: TheService, *, error: str | None = None
) -> Response:
    problems = () if view.problem is None else problems_of(view.problem)
    return page(
        request,
        "researcher/one_query.html",
        project=own_project(visitor, view.project, service.desk),
        query=view,
        refusals=refusals_of(problems, view.sql),
        lines=marked(view.sql, problems),
        error=error,
    )
