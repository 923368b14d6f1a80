"""Threads on an output and its cells, looks at automatic releases afterwards, and how well checking goes."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.asker import Asker
from enclave.actions.comment_output import Cell, CommentView, add_comment, list_comments
from enclave.actions.figures import read_figures
from enclave.actions.look_over import Overview
from enclave.actions.looks import Finding, list_looks, look_at
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.records import OutputId
from enclave.problems.http import MalformedRequest
from enclave.problems.service import Forbidden
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import OutputPath
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

Words = Annotated[str, StringConstraints(max_length=4_000)]


class CommentForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Words = ""
    reply_to: Annotated[str, StringConstraints(pattern=r"^\d{0,9}$")] = ""


class LookForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    finding: Finding
    comment: Words = ""


@router.post("/checking/{output}/comments")
def comment(
    output: OutputPath, form: Annotated[CommentForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Say something in a thread."""
    if not form.text.strip():
        raise MalformedRequest(detail="Write something to say it.")
    reply_to = int(form.reply_to) if form.reply_to else None
    add_comment(visitor, OutputId(output), form.text, service.desk, reply_to=reply_to)
    return RedirectResponse(f"/checking/{output}#threads", status_code=303)


@router.get("/looks")
def looks(request: Request, visitor: Visitor, service: TheService) -> Response:
    """Automatic releases that were drawn to be looked at afterwards, and how checking goes."""
    return page(
        request,
        "checker/looks.html",
        waiting=list_looks(visitor, service.desk),
        done=list_looks(visitor, service.desk, looked_at=True),
        figures=read_figures(visitor, service.desk).as_json(),
    )


@router.post("/looks/{output}")
def look(
    output: OutputPath, form: Annotated[LookForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Say what was found."""
    look_at(visitor, OutputId(output), form.finding, form.comment, service.desk)
    return RedirectResponse("/looks", status_code=303)


def threads_of(asker: Asker, id: OutputId, desk: ServiceDesk) -> list[CommentView]:
    """What may be read of the threads; nothing, for whoever looks and does not talk."""
    try:
        return list_comments(asker, id, desk)
    except Forbidden:
        return []


def ask_about_cell(asker: Asker, seen: Overview, row: str, column: str, text: str, desk: ServiceDesk) -> None:
    """Put a question to the cell that it is about, if a row of the table was named, counted from 1."""
    if row.isdigit() and column:
        add_comment(asker, seen.review.output, text, desk, cell=Cell(int(row) - 1, column))
