"""Parameters that no call takes are refused: a mistyped `?projekt=` would otherwise list everything."""

from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.requests import Request

from enclave.problems.http import MalformedRequest

ANSWER: Final[dict[str, Any]] = {"x-answer-of-another-service": True}
"""Of a call whose parameters another service chooses: what is not known of them is not read (RFC 6749, 4.1.2)."""


async def only_known(request: Request) -> None:
    """
    Raises:
        MalformedRequest: the call takes no such parameter, or takes it once.
    """
    route = request.scope["route"]
    assert isinstance(route, APIRoute), "every call has a route of ours"
    if route.openapi_extra == ANSWER:
        return
    known = {field.alias for field in route.dependant.query_params}
    names = [name for name, _ in request.query_params.multi_items()]
    if not known.issuperset(names):
        taken = ", ".join(sorted(known)) or "none"
        raise MalformedRequest(detail=f"A parameter of the address is none of this call. It takes: {taken}.")
    if len(names) != len(set(names)):
        raise MalformedRequest(detail="A parameter of the address stands twice.")
