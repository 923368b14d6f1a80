"""The first page: what this is, and where to go on."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Anybody

router = APIRouter(include_in_schema=False)


@router.get("/")
def front(request: Request, visitor: Anybody) -> Response:
    return page(request, "layout/front.html", signed_in=visitor is not None)
