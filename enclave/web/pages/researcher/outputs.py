"""Outputs: where each is and since when, the table of a release with its chart, and its files."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.asker import Asker
from enclave.actions.comment_output import add_comment, list_comments
from enclave.actions.read_outputs import list_outputs, list_queries, output_table, read_output, read_query
from enclave.actions.requests import ask_together
from enclave.outputs.records import OutputId, QueryId
from enclave.terms import ProjectId
from enclave.web.bundle import bundle_answer
from enclave.web.cursors import Cursor, cursor_to, place_of
from enclave.web.pages.charts.choosing import chart_of
from enclave.web.pages.grid import grid_of
from enclave.web.pages.rendering import page
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.researcher.standing import standing
from enclave.web.pages.visitor import Visitor
from enclave.web.release_files import FORMATS, file_answer
from enclave.web.routes.names import OutputPath, ProjectPath
from enclave.web.service import Service, TheService
from enclave.web.tables import Format

router = APIRouter(include_in_schema=False)

A_PAGE: Final = 25
MOST_READY: Final = 50
KIND: Final = "outputs"
TALKED_ABOUT: Final = ("with checkers", "returned")
FirstRow = Annotated[int, Query(ge=1, le=1_000_000, alias="row")]
Measure = Annotated[int | None, Query(ge=0, le=1_000)]
GIVEN_OUT: Final = ("released", "superseded")
Drawing = Annotated[str | None, Query(max_length=20)]


class BasketForm(BaseModel):
    """Queries whose answers are asked for together, and what for."""

    model_config = ConfigDict(extra="forbid")
    queries: Annotated[list[str], Query(max_length=MOST_READY)] = []
    why: Annotated[str, StringConstraints(max_length=2_000)] = ""


class CommentForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(max_length=4_000)] = ""


@router.get("/projects/{project}/outputs")
def outputs(
    request: Request, project: ProjectPath, visitor: Visitor, service: TheService, cursor: Cursor = None
) -> Response:
    """What was asked to leave, and what is ready to be asked for."""
    return _listed(request, project, visitor, service, cursor)


@router.post("/projects/{project}/outputs")
def ask_for_several(
    request: Request,
    project: ProjectPath,
    form: Annotated[BasketForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Ask for the release of several answers, each an item of its own."""
    if not form.queries or not form.why.strip():
        error = (
            "Choose at least one answer." if not form.queries else "Say what they are for: checkers read it."
        )
        return _listed(request, project, visitor, service, None, error=error, why=form.why)
    ask_together(visitor, [QueryId(query) for query in form.queries], form.why, service.desk)
    return RedirectResponse(f"/projects/{project}/outputs", status_code=303)


@router.get("/outputs/{output}")
def output(
    request: Request,
    output: OutputPath,
    visitor: Visitor,
    service: TheService,
    row: FirstRow = 1,
    measure: Measure = None,
    kind: Drawing = None,
) -> Response:
    """One output: where it is and, of a release, its table."""
    view = read_output(visitor, OutputId(output), service.desk)
    query = read_query(visitor, view.query, service.desk)
    days = service.desk.policies().house.reviewing.target_working_days
    values: dict[str, Any] = {
        "project": own_project(visitor, view.project, service.desk),
        "output": view,
        "query": query,
        "formats": [form for form in FORMATS if form in view.formats],
        "comments": list_comments(visitor, view.id, service.desk),
        "can_reply": view.status in TALKED_ABOUT,
        "waits": standing([query], [view], usual_days=days)[0].waits,
    }
    if view.status not in GIVEN_OUT:
        return page(request, "researcher/output.html", grid=None, chart=None, **values)
    found = output_table(visitor, view.id, service.desk)
    title = view.name or view.id
    return page(
        request,
        "researcher/output.html",
        grid=grid_of(found.kept, first=row),
        chart=chart_of(found.kept, title=title, measure=measure, kind=kind),
        **values,
    )


@router.get("/outputs/{output}/files/{form}")
def file(output: OutputPath, form: Format, visitor: Visitor, service: TheService) -> Response:
    """A file of a release, as the API gives it."""
    return file_answer(visitor, OutputId(output), form, service)


@router.get("/outputs/{output}/bundle.zip")
def bundle(output: OutputPath, visitor: Visitor, service: TheService) -> Response:
    """Everything of a release in one file, as the API gives it."""
    return bundle_answer(visitor, OutputId(output), service)


@router.post("/outputs/{output}/withdraw")
def withdraw(output: OutputPath, visitor: Visitor, service: TheService) -> Response:
    withdraw_output(visitor, OutputId(output), service.desk)
    return RedirectResponse(f"/outputs/{output}", status_code=303)


@router.post("/outputs/{output}/comments")
def comment(
    output: OutputPath, form: Annotated[CommentForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Say something to the checkers of an output."""
    if form.text.strip():
        add_comment(visitor, OutputId(output), form.text, service.desk)
    return RedirectResponse(f"/outputs/{output}#thread", status_code=303)


@router.post("/outputs/{output}/again")
def ask_again(
    output: OutputPath, form: Annotated[BasketForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Ask once more for what came back or was withdrawn."""
    view = read_output(visitor, OutputId(output), service.desk)
    ask_release(visitor, view.query, form.why.strip() or view.why, service.desk)
    return RedirectResponse(f"/outputs/{output}", status_code=303)


def _listed(
    request: Request,
    project: str,
    visitor: Asker,
    service: Service,
    cursor: str | None,
    *,
    error: str | None = None,
    why: str = "",
) -> Response:
    own = own_project(visitor, project, service.desk)
    id, after = ProjectId(own.id), place_of(cursor, KIND)
    found = list_outputs(visitor, service.desk, limit=A_PAGE, after=after, project=id)
    queries = list_queries(visitor, service.desk, limit=MOST_READY, project=id).items
    days = service.desk.policies().house.reviewing.target_working_days
    return page(
        request,
        "researcher/outputs.html",
        project=own,
        outputs=found.items,
        waits={item.id: item.waits for item in standing(queries, found.items, usual_days=days)},
        ready=[query for query in queries if query.status == "done"],
        following=None if found.next is None else cursor_to(found.next, KIND),
        error=error,
        why=why,
    )
