"""One output whole, and the decision on it. What somebody typed is never lost when a decision cannot be taken."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.asker import Asker
from enclave.actions.look_over import Overview, look_over
from enclave.actions.review_output import Vote, adjudicate_output, claim_output, review_output
from enclave.actions.work_queue import WorkQueue, read_work_queue
from enclave.outputs.checking.deciding import Lacking, lacking, question_about
from enclave.outputs.checking.queue import Order, QueueRow
from enclave.outputs.reasons import MEANING, Reason
from enclave.outputs.records import OutputId
from enclave.outputs.review import VOTING
from enclave.outputs.states import State, Verdict
from enclave.outputs.views import OutputView
from enclave.problems import Problem
from enclave.problems.http import MalformedRequest
from enclave.problems.service import Conflict, Forbidden, PreconditionFailed, SignInAgain
from enclave.web.pages.checker.parts import Part, part_of
from enclave.web.pages.checker.threads import ask_about_cell, threads_of
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import OutputPath
from enclave.web.service import Service, TheService

router = APIRouter(include_in_schema=False)

NEIGHBOURS: Final = 4
"""Of the queue, listed on each side of the output."""
InOrder = Annotated[Order, Query(alias="order")]
FirstRow = Annotated[int, Query(alias="row", ge=1, le=1_000_000)]
Done = Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9 -]*$")]


class DecisionForm(BaseModel):
    """A decision, with what was seen when it was made."""

    model_config = ConfigDict(extra="forbid")
    verdict: Verdict
    etag: Annotated[str, StringConstraints(max_length=100)]
    hashes: Annotated[str, StringConstraints(max_length=2_000)]
    comment: Annotated[str, StringConstraints(max_length=4_000)] = ""
    looked: list[Annotated[str, StringConstraints(max_length=200)]] = []
    row: Annotated[str, StringConstraints(max_length=8)] = ""
    column: Annotated[str, StringConstraints(max_length=300)] = ""
    reason: Annotated[str, StringConstraints(pattern="^[a-z-]{0,40}$")] = ""
    order: Order = Order.RISK

    @property
    def why(self) -> Reason | None:
        """Of a rejection alone."""
        known = self.verdict is Verdict.REJECT and self.reason in set(Reason)
        return Reason(self.reason) if known else None


class OrderForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    order: Order = Order.RISK


@router.get("/checking/{output}")
def review(
    request: Request,
    output: OutputPath,
    visitor: Visitor,
    service: TheService,
    order: InOrder = Order.RISK,
    row: FirstRow = 1,
    done: Done = "",
) -> Response:
    """All there is to see of one output. `done` says what was decided just before."""
    seen = look_over(visitor, OutputId(output), service.desk)
    return _shown(request, seen, visitor, service, order, row=row, done=done)


@router.post("/checking/{output}/claim")
def claim(
    output: OutputPath, form: Annotated[OrderForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Take it up: the decision waits for this checker."""
    claim_output(visitor, OutputId(output), service.desk)
    return RedirectResponse(f"/checking/{output}?order={form.order}", status_code=303)


@router.post("/checking/{output}")
def decide(
    request: Request,
    output: OutputPath,
    form: Annotated[DecisionForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Vote, or decide a dispute; then the next of the queue. What cannot be taken comes back with what was typed."""
    id = OutputId(output)
    seen = look_over(visitor, id, service.desk)
    missing = tuple(lacking(form.verdict, form.comment, form.why, form.looked, seen.checks))
    if missing:
        return _shown(request, seen, visitor, service, form.order, form=form, missing=missing, status=400)
    before = read_work_queue(visitor, service.desk, form.order)
    try:
        view = _decided(visitor, seen, form, service)
        if form.verdict is Verdict.RETURN:
            ask_about_cell(visitor, seen, form.row, form.column, form.comment, service.desk)
    except (PreconditionFailed, Conflict, SignInAgain) as problem:
        again = look_over(visitor, id, service.desk)
        return _shown(
            request, again, visitor, service, form.order, form=form, problem=problem, status=problem.status
        )
    return RedirectResponse(_next(before, view, form), status_code=303)


def _decided(asker: Asker, seen: Overview, form: DecisionForm, service: Service) -> OutputView:
    vote = Vote(form.verdict, _comment(seen, form), _hashes(form.hashes), form.why)
    decide = adjudicate_output if seen.review.state == State.DISPUTED else review_output
    return decide(asker, seen.review.output, vote, service.desk, etag=form.etag)


def _comment(seen: Overview, form: DecisionForm) -> str:
    """What was typed, with the column that it is about, if it names one of this table."""
    if form.verdict is Verdict.APPROVE or not form.column:
        return form.comment
    row = int(form.row) if form.row.isdigit() else 1
    names = [column.name for column in seen.copy.columns]
    if not 1 <= row <= max(len(seen.copy.rows), 1) or form.column not in names:
        raise MalformedRequest(detail="The table has no such cell.")
    return question_about(form.column, form.comment)


def _hashes(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise MalformedRequest(detail="The form does not say what was seen.")
    return {str(name): str(value) for name, value in found.items()}


def _next(before: WorkQueue, view: OutputView, form: DecisionForm) -> str:
    """The item that came after this one and is still to do; the queue, when there is none."""
    at = before.place(view.id) or 0
    rest = [*before.rows[at:], *before.rows[: max(at - 1, 0)]]
    following = next((row.output for row in rest if not row.voted), None)
    done = f"{view.id} {form.verdict} {view.status}".replace(" ", "+")
    if following is None:
        return f"/checking?order={form.order}"
    return f"/checking/{following}?order={form.order}&done={done}"


def _shown(
    request: Request,
    seen: Overview,
    visitor: Asker,
    service: Service,
    order: Order,
    *,
    row: int = 1,
    done: str = "",
    form: DecisionForm | None = None,
    missing: tuple[Lacking, ...] = (),
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    queue = _queue(visitor, service, order)
    place = queue.place(seen.review.output)
    part: Part = part_of(seen.copy, row)
    return page(
        request,
        "checker/review.html",
        status=status,
        seen=seen,
        review=seen.review,
        queue=queue,
        place=place,
        around=_around(queue, place),
        preceding=_at(queue, None if place is None else place - 1),
        following=_at(queue, 1 if place is None else place + 1),
        part=part,
        order=order,
        done=done,
        form=form,
        missing=missing,
        problem=problem,
        up_for_votes=seen.review.state in VOTING,
        disputed=seen.review.state == State.DISPUTED,
        own_vote=next((vote for vote in seen.review.votes if vote.reviewer == visitor.person), None),
        reasons=MEANING,
        threads=threads_of(visitor, seen.review.output, service.desk),
        hashes=json.dumps(dict(seen.review.hashes.as_json())),
    )


def _queue(visitor: Asker, service: Service, order: Order) -> WorkQueue:
    """The queue beside the output; nothing for an auditor, who looks at outputs and has none."""
    try:
        return read_work_queue(visitor, service.desk, order)
    except Forbidden:
        return WorkQueue((), order, service.desk.clock.now().date())


def _at(queue: WorkQueue, place: int | None) -> OutputId | None:
    """The item at a place, counted from 1."""
    return queue.rows[place - 1].output if place is not None and 0 < place <= len(queue.rows) else None


def _around(queue: WorkQueue, place: int | None) -> tuple[QueueRow, ...]:
    """The rows beside an item, itself among them; the first of the queue when it is not in it."""
    at = 0 if place is None else place - 1
    return queue.rows[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS + 1]
