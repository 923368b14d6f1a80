"""Answers of calls that went well."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Page
from enclave.web.cursors import cursor_to, link_to

T = TypeVar("T")


def json_answer(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A body as JSON. A number that JSON has no word for is a fault of ours, and is not sent."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status_code=status, headers=dict(headers or {}), media_type="application/json")


def whole_list(items: Iterable[Any]) -> Response:
    """A list that comes in one piece."""
    return json_answer({"items": list(items), "next": None})


def list_answer(request: Request, page: Page[T], show: Callable[[T], Any], *, kind: str) -> Response:
    """A piece of a list, and where to go on."""
    cursor = None if page.next is None else cursor_to(page.next, kind)
    headers = {} if cursor is None else {"Link": link_to(request, cursor)}
    return json_answer({"items": [show(item) for item in page.items], "next": cursor}, headers=headers)
