"""The editor: write a query, check it, mend it, see what it costs, and run it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.ask_query import AskQuery, CheckView, ask_query, check_query
from enclave.actions.asker import Asker
from enclave.actions.list_fields import list_fields
from enclave.actions.read_outputs import read_query
from enclave.actions.saved_queries import own_saved, save_query
from enclave.outputs.records import QueryId, Wanted
from enclave.outputs.saved import SavedId, SavedQuery
from enclave.outputs.views import QueryView
from enclave.problems import Problem, Refusals
from enclave.problems.service import (
    AllowanceUsedUp,
    Conflict,
    NotFound,
    PurposesNotAcknowledged,
    TooManyWaiting,
)
from enclave.terms import ProjectId
from enclave.web.pages.rendering import editor_page
from enclave.web.pages.researcher.before_running import BeforeRunning, before_running
from enclave.web.pages.researcher.marked import Line, Refusal, marked, refusals_of
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ID, ProjectPath
from enclave.web.schemas import MOST_SQL
from enclave.web.service import Service, TheService
from enclave.web.waiting import until_over

router = APIRouter(include_in_schema=False)

WAIT_SECONDS = 2.0
"""For a query that runs in a moment: its answer is then the next page."""
From = Annotated[str | None, Query(alias="from", pattern=ID)]
Saved = Annotated[str | None, Query(pattern=ID)]


class QueryForm(BaseModel):
    """What the editor sends."""

    model_config = ConfigDict(extra="forbid")
    sql: Annotated[str, StringConstraints(max_length=MOST_SQL)] = ""
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    route: Literal["ordinary", "checkers"] = "ordinary"
    act: Literal["check", "run", "save"] = "check"

    @property
    def text(self) -> str:
        """The SQL with the line ends it was typed with: a form sends others."""
        return self.sql.replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a text: refused, found good, kept for later (`not_kept` says why not), or not looked at yet."""

    refusals: tuple[Refusal, ...] = ()
    lines: tuple[Line, ...] = ()
    before: BeforeRunning | None = None
    query: QueryId | None = None
    kept: SavedQuery | None = None
    not_kept: str = ""


@router.get("/projects/{project}/query")
def new_query(
    request: Request,
    project: ProjectPath,
    visitor: Visitor,
    service: TheService,
    start: From = None,
    saved: Saved = None,
) -> Response:
    """An empty editor, or one that begins with an earlier query of the project or a text that its reader kept."""
    form = QueryForm()
    if start is not None:
        earlier = read_query(visitor, QueryId(start), service.desk)
        form = QueryForm(sql=earlier.sql[:MOST_SQL], name=earlier.name)
    if saved is not None:
        kept = own_saved(visitor, SavedId(saved), service.desk)
        if kept.project != project:
            raise NotFound(detail="You keep no such query with this project.")
        form = QueryForm(sql=kept.sql, name=kept.name)
    return _editor(request, project, visitor, service, form, Outcome())


@router.post("/projects/{project}/query")
async def ask(
    request: Request,
    project: ProjectPath,
    form: Annotated[QueryForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Check the text, run it, or keep it for later. What is refused comes back with its places marked."""
    asked = AskQuery(visitor, ProjectId(project), form.text, form.name, Wanted(form.route))
    if form.act == "run":
        found = await run_in_threadpool(_run, asked, service)
        if isinstance(found, QueryView):
            service.gateway.workers.wake()
            return RedirectResponse(await _next(found, visitor, service), status_code=303)
    elif form.act == "save":
        found = await run_in_threadpool(_keep, asked, service)
    else:
        found = await run_in_threadpool(_check, asked, service)
    return await run_in_threadpool(_editor, request, project, visitor, service, form, found)


def _check(asked: AskQuery, service: Service) -> Outcome:
    try:
        checked: CheckView = check_query(asked, service.desk)
    except Refusals as refused:
        return _refused(refused.problems, asked.sql, None)
    except PurposesNotAcknowledged as first:
        return _refused((first,), asked.sql, None)
    return Outcome(before=before_running(checked))


def _keep(asked: AskQuery, service: Service) -> Outcome:
    try:
        return Outcome(kept=save_query(asked.asker, asked.project, asked.name, asked.sql, service.desk))
    except Conflict as refused:
        return Outcome(not_kept=refused.detail)


def _run(asked: AskQuery, service: Service) -> QueryView | Outcome:
    try:
        return ask_query(asked, service.desk)
    except Refusals as refused:
        return _refused(refused.problems, asked.sql, refused.query_id)
    except (AllowanceUsedUp, TooManyWaiting, PurposesNotAcknowledged) as full:
        return _refused((full,), asked.sql, None)


def _refused(problems: tuple[Problem, ...], sql: str, query: str | None) -> Outcome:
    return Outcome(
        refusals=refusals_of(problems, sql),
        lines=marked(sql, problems),
        query=None if query is None else QueryId(query),
    )


async def _next(asked: QueryView, visitor: Asker, service: Service) -> str:
    """Where to look: at the release if there is one in a moment, else at the query."""
    gateway = service.gateway
    view = await until_over(
        asked,
        lambda: read_query(visitor, asked.id, gateway.desk),
        bell=gateway.bell,
        seconds=WAIT_SECONDS,
        stopping=gateway.stopping.is_set,
    )
    if view.status == "released":
        return f"/outputs/{view.output}"
    return f"/queries/{view.id}" if view.over else f"/queries/{view.id}?then=output"


def _editor(
    request: Request, project: str, visitor: Asker, service: Service, form: QueryForm, outcome: Outcome
) -> Response:
    own = own_project(visitor, project, service.desk)
    tables = list_fields(service.desk.policies(), project=ProjectId(project), person=visitor.person)
    return editor_page(
        request, "researcher/query.html", project=own, tables=tables, form=form, outcome=outcome
    )
