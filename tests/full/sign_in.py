"""A gateway whose people sign in at a real sign-in service, each in a process of its own."""

import re
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.processes import PROJECT, Served, copy_home, serving
from tests.support.provider import AUDIENCE, SECRET, Certificate, Provider, provider_process

RESEARCHER = "researcher@northbridge.example"
CHECKER = "checker-1@checking.example"
SUBJECTS = {RESEARCHER: "s-researcher", CHECKER: "s-checker"}
"""Who our people are to the sign-in service."""


@dataclass
class Together:
    """The two, and how a person passes from one to the other."""

    gateway: Served
    provider: Provider

    def signs_in(self, page: Page, person: str = RESEARCHER, path: str = "/") -> None:
        page.goto(f"{self.gateway.url}/sign-in?next={path}")
        page.get_by_role("button", name="Sign in with Northbridge").click()
        self.says_who(page, SUBJECTS[person])

    def asks(self, token: str, method: str = "GET", path: str = "/me", **body: Any) -> Any:
        """One call of the API with an access token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.gateway.http.request(method, f"/api/v1{path}", headers=headers, json=body or None)

    def unused_answer(self, subject: str) -> str:
        """Where the sign-in service sends a browser back to, which does not go there."""
        http, path = self.provider.http, self.gateway.http.get("/sign-in/start").headers["location"]
        answer = http.get(path)
        answer = http.get(answer.headers["location"])
        answer = http.post(answer.request.url, data={"login": subject})
        return str(http.get(answer.headers["location"]).headers["location"])

    def says_who(self, page: Page, subject: str) -> None:
        """At the sign-in service."""
        page.get_by_label("Name").fill(subject)
        page.get_by_role("button", name="Sign in").click()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def as_it_is(_home: Path) -> None:
    """No change."""


@contextmanager
def together(
    home: Path,
    folder: Path,
    certificate: Certificate,
    *,
    programs: tuple[str, ...] = (),
    people: Mapping[str, Any] | None = None,
    change: Callable[[Path], None] = as_it_is,
    **settings: Any,
) -> Iterator[Together]:
    """A copy of the home, with the sign-in service in its `sign-in.yaml`. `change` is done to it first."""
    port = free_port()
    back = f"http://127.0.0.1:{port}/sign-in/callback"
    with provider_process(
        certificate, redirect_uris=(back,), services=programs, people=people, **settings
    ) as provider:
        copy = copy_home(home, folder / "home")
        write_sign_in(copy, provider.issuer, port)
        for person, subject in SUBJECTS.items():
            give_identity(copy, person, provider.issuer, subject)
        for program in programs:
            add_program(copy, program, provider.issuer)
        change(copy)
        with serving(copy, "--port", str(port), SSL_CERT_FILE=str(certificate.file)) as gateway:
            assert gateway.url, (copy / "state" / "gateway.log").read_text()
            yield Together(gateway, provider)
    shutil.rmtree(copy)


def write_sign_in(home: Path, issuer: str, port: int) -> None:
    (home / "policies" / "sign-in.yaml").write_text(
        f"""\
apiVersion: enclave/v1
kind: SignIn
audience: {AUDIENCE}
issuers:
  - {{ issuer: "{issuer}", jwks: "{issuer}/jwks", algorithms: [ES256], acr: [mfa], scope: enclave }}
browser:
  {{ issuer: "{issuer}", client_id: enclave-web, address: "http://127.0.0.1:{port}", button: Sign in with Northbridge }}
device: {{ issuer: "{issuer}", client_id: enclave-cli }}
"""
    )
    secret = home / "state" / "keys" / "sign-in.secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)


def give_identity(home: Path, person: str, issuer: str, subject: str) -> None:
    """One more sign-in of somebody, in their file."""
    path = home / "policies" / "people" / f"{person}.yaml"
    one_more = rf'\g<0>  - {{ issuer: "{issuer}", subject: {subject} }}\n'
    text, times = re.subn(r"^identities:.*\n", one_more, path.read_text(), flags=re.MULTILINE)
    assert times == 1
    path.write_text(text)


def add_program(home: Path, name: str, issuer: str) -> None:
    """A program on the researcher's project, who answers for it."""
    (home / "policies" / "people" / f"{name}@northbridge.example.yaml").write_text(
        f"""\
apiVersion: enclave/v1
kind: Person
id: {name}@northbridge.example
display_name: A program
organisation: northbridge-university
identities: [{{ issuer: "{issuer}", subject: {name} }}]
roles: [researcher]
service: {{ project: {PROJECT}, on_behalf_of: {RESEARCHER} }}
"""
    )
    path = home / "policies" / "projects" / f"{PROJECT}.yaml"
    one_more = rf"\g<0>  - {{ id: {name}@northbridge.example, role: researcher }}\n"
    text, times = re.subn(r"^people:.*\n", one_more, path.read_text(), flags=re.MULTILINE)
    assert times == 1
    path.write_text(text)
