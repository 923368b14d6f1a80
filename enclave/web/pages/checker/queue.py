"""The queue, and the approval of several clear items at once."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.approve_together import Chosen, approve_together, must_be_opened
from enclave.actions.work_queue import read_work_queue
from enclave.outputs.checking.queue import MOST_TOGETHER, Order
from enclave.outputs.records import OutputId
from enclave.problems.http import MalformedRequest
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

A_PAGE: Final = 50
InOrder = Annotated[Order, Query(alias="order")]
FromRow = Annotated[int, Query(alias="row", ge=1, le=100_000)]


class TogetherForm(BaseModel):
    """Each item as `output etag seal`, as it was listed."""

    model_config = ConfigDict(extra="forbid")
    items: Annotated[
        list[Annotated[str, StringConstraints(max_length=300)]], Query(max_length=MOST_TOGETHER + 1)
    ] = []


@router.get("/checking")
def queue(
    request: Request, visitor: Visitor, service: TheService, order: InOrder = Order.RISK, row: FromRow = 1
) -> Response:
    """What waits for this checker, by risk or by the clock, fifty at a time."""
    found = read_work_queue(visitor, service.desk, order)
    listed = found.rows[row - 1 : row - 1 + A_PAGE]
    return page(
        request,
        "checker/queue.html",
        queue=found,
        rows=listed,
        first=row,
        a_page=A_PAGE,
        most=MOST_TOGETHER,
        to_open={one.output for one in listed if must_be_opened(one, visitor)},
    )


@router.post("/checking")
def together(
    request: Request, form: Annotated[TogetherForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Approve what was chosen, each by itself, and say what became of each."""
    chosen = [_chosen(item) for item in form.items]
    if not chosen:
        return page(request, "checker/nothing_chosen.html", status=400)
    ended = approve_together(visitor, chosen, service.desk)
    return page(request, "checker/together.html", ended=ended)


@router.get("/checking/keys")
def keys(request: Request, visitor: Visitor) -> Response:
    """Every shortcut, and how to switch them off or change them."""
    del visitor
    return page(request, "checker/keys.html")


def _chosen(item: str) -> Chosen:
    parts = item.split(" ")
    if len(parts) != 3:
        raise MalformedRequest(detail="An item is not as it was listed.")
    return Chosen(OutputId(parts[0]), parts[1], parts[2])
