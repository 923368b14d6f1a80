"""The HTTP service in this process, over the little world: real routes, real actions, real store, the test's clock."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import httpx2
from fastapi.testclient import TestClient
from joserfc.jwk import OKPKey

from enclave.identity.development import AUDIENCE, DevelopmentIssuer, personas
from enclave.identity.tokens import Issuer, TokenRules
from enclave.loading.keys import make_secrets
from enclave.outputs.records import OutputId
from enclave.terms import PersonId
from enclave.web.app import PEOPLE, STRANGERS, make_app
from enclave.web.rates import Pace
from enclave.wiring.bell import Bell
from enclave.wiring.gateway import Gateway
from enclave.wiring.home import Home
from enclave.wiring.rights import rights_desk
from enclave.wiring.workers import Workers
from tests.support.service import ASKS, AUTOMATIC, KEY, THIS, Service

API_ONLY = "/register/changes"
"""Of the addresses that begin like a page, the one that is none."""
ANYBODY = PersonId("")
"""Nobody who says who they are."""


@dataclass
class Browser:
    """As a browser calls: it keeps cookies, wants pages, and says where a form comes from. It follows no redirect."""

    client: TestClient

    def opens(self, path: str, **headers: str) -> httpx2.Response:
        """A page, as by typing its address."""
        return self.client.get(
            path, headers={"Accept": "text/html", "Sec-Fetch-Site": "none", **headers}, follow_redirects=False
        )

    def sends(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> httpx2.Response:
        """A form of a page of ours."""
        own = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}
        return self.client.post(path, data=fields, headers=headers or own, follow_redirects=False)

    def cookies(self) -> dict[str, str]:
        return dict(self.client.cookies)


@dataclass
class AtOnce:
    """Workers that run what waits in the call that wakes them; or leave it, while they are `asleep`."""

    service: Service
    asleep: bool = False

    def wake(self) -> None:
        if not self.asleep:
            self.service.run()


@dataclass
class Web:
    """A client of the service. Each call says who makes it."""

    folder: Path
    people_pace: Pace = PEOPLE
    strangers_pace: Pace = STRANGERS
    seconds: float = 0.0
    issuers: tuple[Issuer, ...] = ()
    lines: list[Mapping[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        state = self.folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        self.service = Service(state)
        make_secrets(state / "keys", new_key=secrets.token_bytes)
        self.workers = AtOnce(self.service)
        numbers = iter(range(1, 1_000_000))
        self.issuer = DevelopmentIssuer(
            OKPKey.generate_key("Ed25519"), synthetic=True, new_token_id=lambda: f"t-{next(numbers)}"
        )
        bell = Bell()
        self.service.ended = bell.ring
        self.gateway = Gateway(
            home=Home(self.folder),
            desk=self.service.desk,
            store=self.service.records,
            reach=self.service.reach(state / "reach"),
            tokens=TokenRules(AUDIENCE, (self.issuer.issuer, *self.issuers)),
            development=self.issuer,
            rights=rights_desk(
                Home(self.folder),
                self.service.records,
                lambda: self.service.policies,
                self.service.clock.now,
            ),
            workers=cast(Workers, self.workers),
            bell=bell,
            key=KEY,
            loopback=True,
            sandbox_level=3,
            log=self.lines.append,
            new_request_id=lambda: f"R-{next(numbers)}",
            seconds_now=lambda: self.seconds,
        )
        self.app = make_app(self.gateway, people_pace=self.people_pace, strangers_pace=self.strangers_pace)
        self.client = self._client()
        self._browsers: list[Browser] = []

    def _client(self) -> TestClient:
        return TestClient(
            self.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000), raise_server_exceptions=False
        )

    def browser(self, person: PersonId = ANYBODY) -> "Browser":
        """A browser of its own, in which somebody has signed in."""
        opened = Browser(self._client())
        self._browsers.append(opened)
        if person != ANYBODY:
            answer = opened.sends("/sign-in/persona", persona=person)
            assert answer.status_code == 303, answer.text
        return opened

    def token(self, person: PersonId) -> str:
        """A token of somebody who signs in now."""
        (found,) = [one for one in personas(self.service.policies.people) if one.person == person]
        return self.issuer.token(found, now=self.service.clock.now())

    def call(
        self,
        method: str,
        path: str,
        person: PersonId = ASKS,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        **asked: str,
    ) -> httpx2.Response:
        """One call, below /api/v1 unless the path says otherwise."""
        signed = {} if person == ANYBODY else {"Authorization": f"Bearer {self.token(person)}"}
        address = (
            path
            if path.startswith(("/dev", "/audit", "/register", "/healthz", "/problems")) and path != API_ONLY
            else f"/api/v1{path}"
        )
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.request(
            method, address, params={**(params or {}), **asked}, headers={**signed, **(headers or {})}, **sent
        )

    def ask(self, sql: str = AUTOMATIC, **headers: str) -> httpx2.Response:
        body = {"project": THIS, "sql": sql, "name": "A table"}
        return self.call("POST", "/queries", body=body, headers={"Prefer": "wait=5", **headers})

    def released(self) -> OutputId:
        answer = self.ask()
        assert answer.json()["status"] == "released", answer.text
        return OutputId(answer.json()["output"])

    def close(self) -> None:
        for browser in self._browsers:
            browser.client.close()
        self.client.close()
        self.service.close()

    def __enter__(self) -> "Web":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
