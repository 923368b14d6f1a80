"""What was released, what came back, and what is over."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.past_work import Past, list_past_work
from enclave.outputs.records import OutputId
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

After = Annotated[str | None, Query(alias="after", pattern=r"^O-[0-9]{1,15}$")]


@router.get("/checking/past/{past}")
def past_work(
    request: Request, past: Past, visitor: Visitor, service: TheService, after: After = None
) -> Response:
    """Fifty at a time, newest first; each leads to all that checkers see of it."""
    found = list_past_work(visitor, past, service.desk, after=None if after is None else OutputId(after))
    return page(request, "checker/past.html", past=past, kinds=list(Past), items=found.items, next=found.next)
