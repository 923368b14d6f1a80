"""The outermost ring: an id for each request and each error, safety headers for each answer, one line for each call.

A line of the log has ids, durations and outcomes. It has no address as it was typed, no header and no body: a path can
hold whatever somebody put there, so the route is named by its pattern.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enclave.web.problem_json import fault_response

STRICT: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SAFETY: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": STRICT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NO_ROUTE = "none"
Line = Mapping[str, object]


class Edge:
    """Around everything else. What went wrong below ends here."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        new_request_id: Callable[[], str],
        fault: Callable[[Exception], str],
        told_fault: Callable[[Request, str], Response],
        log: Callable[[Line], None],
        synthetic: Callable[[], bool],
    ) -> None:
        self._app = app
        self._told_fault = told_fault
        self._new_request_id = new_request_id
        self._fault = fault
        self._log = log
        self._synthetic = synthetic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, send, self._new_request_id(), synthetic=self._synthetic())
        try:
            await self._app(scope, receive, call.send)
        except Exception as error:  # noqa: BLE001 - the edge
            await self._broken(error, call, receive)
        finally:
            self._log(call.line())

    async def _broken(self, error: Exception, call: "_Call", receive: Receive) -> None:
        fault_id = self._fault(error)
        call.fault_id = fault_id
        if call.status is None:
            await self._answer(fault_id, call)(call.scope, receive, call.send)

    def _answer(self, fault_id: str, call: "_Call") -> Response:
        """What a person or a program reads. When the page itself breaks, everybody gets the document."""
        try:
            return self._told_fault(Request(call.scope), fault_id)
        except Exception as error:  # noqa: BLE001 - the edge
            self._fault(error)
            return fault_response(fault_id, request_id=call.request_id)


class _Call:
    """One request on its way."""

    def __init__(self, scope: Scope, send: Send, request_id: str, *, synthetic: bool) -> None:
        self.scope = scope
        self.request_id = request_id
        self.status: int | None = None
        self.fault_id: str | None = None
        self._send = send
        self._synthetic = synthetic
        self._started = time.monotonic()
        scope.setdefault("state", {}).update(request_id=request_id, headers={})

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._head(MutableHeaders(raw=message["headers"]))
        await self._send(message)

    def _head(self, headers: MutableHeaders) -> None:
        for name, value in SAFETY.items():
            headers.setdefault(name, value)
        headers["X-Request-Id"] = self.request_id
        if self._synthetic:
            headers["Enclave-Data"] = "synthetic"
        own: Mapping[str, str] = self.scope["state"]["headers"]
        for name, value in own.items():
            headers[name] = value

    def line(self) -> Line:
        route: Any = self.scope.get("route")
        milliseconds = (time.monotonic() - self._started) * 1000
        return {
            "request": self.request_id,
            "method": self.scope["method"] if self.scope["method"] in METHODS else "other",
            "route": getattr(route, "path", NO_ROUTE),
            "status": self.status,
            "ms": round(milliseconds, 1),
            **({"fault": self.fault_id} if self.fault_id else {}),
        }


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
