"""A small service that answers as the API does: for what a client must do when things go wrong."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from enclave.client import project
from enclave.client.service import Service

Answer = Callable[[httpx2.Request], httpx2.Response]
URL = "https://enclave.example"
QUERY: dict[str, Any] = {
    "id": "Q-1",
    "project": "P-1",
    "name": "",
    "status": "queued",
    "progress": 0,
    "route": "automatic_if_clear",
    "reasons": [],
    "cells": 4,
    "output": None,
    "problem": None,
}
TABLE = {
    "columns": [{"name": "region", "type": "VARCHAR"}, {"name": "pupils", "type": "BIGINT"}],
    "rows": [["North", 12]],
    "cells": [["ok", "ok"]],
    "frame": {"sets": [{"region": ["North", "South"]}]},
    "incomplete": [],
}


@dataclass
class FakeService:
    """Answers are given in turn for each method and path; the last one stays."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[httpx2.Request] = field(default_factory=list)

    def on(self, call: str, *answers: Answer) -> "FakeService":
        self.answers[call] = list(answers)
        return self

    def calls(self, call: str) -> list[httpx2.Request]:
        return [one for one in self.asked if f"{one.method} {one.url.path}" == call]

    def service(self, token: str | None = "a-token") -> Service:
        return Service(URL, token, transport=httpx2.MockTransport(self._answer))

    def takes_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever connects to a service by its address gets this one."""
        monkeypatch.setattr(project, "Service", lambda _url, token: self.service(token))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        waiting = self.answers[f"{request.method} {request.url.path}"]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer(request)


def gives(body: object, status: int = 200) -> Answer:
    return lambda _: httpx2.Response(status, json=body)


def query(**changed: object) -> Answer:
    return lambda _: httpx2.Response(200, json=QUERY | changed, headers={"Retry-After": "1"})


def problem(code: str, status: int, **more: object) -> Answer:
    body = {"code": code, "title": code, "detail": f"It is {code}.", "status": status, **more}
    return lambda _: httpx2.Response(
        status, content=json.dumps(body), headers={"Content-Type": "application/problem+json"}
    )


def breaks(kind: type[Exception]) -> Answer:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise kind("it broke")

    return answer


def interrupted(_: httpx2.Request) -> httpx2.Response:
    raise KeyboardInterrupt
