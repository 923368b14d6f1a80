"""A second administrator agrees to a widening, signed in; and past queries are tried against it before anybody does."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from enclave.audit import Kind
from enclave.identity.development import personas
from enclave.outputs.agreements import Matter
from enclave.terms import PersonId
from enclave.web.app import make_app
from enclave.wiring.gateway import Gateway, open_gateway
from enclave.wiring.home import Home, make_home, open_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from enclave.wiring.policy_diff import difference
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock
from tests.support.acts import ask
from tests.support.web import Browser
from tests.unit.wiring.policy_home import ADMIN, FILE, GENDER, NARROWER, PROJECT, SECOND, WIDER, PolicyHome

AUDITOR = "auditor@enclave.example"
RESEARCHER = "researcher@northbridge.example"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = make_home(tmp_path_factory.mktemp("home") / "home", policies=packaged_policies())
    policies_of(home)
    (home.policies / f"projects/{PROJECT}.tests.yaml").unlink()  # cases take a while
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path) -> PolicyHome:
    """Version 1 is in force, and version 2, which widens, waits."""
    shutil.copytree(made.root, tmp_path / "home")
    home = PolicyHome(open_home(tmp_path / "home"))
    home.commit().apply("the first")
    home.change(FILE, GENDER, WIDER).commit().apply("more is needed")
    return home


@dataclass
class Online:
    gateway: Gateway
    client: TestClient

    def call(
        self, method: str, path: str, person: str, *, minutes_ago: int = 0
    ) -> tuple[int, dict[str, object]]:
        signed = self.gateway.development
        assert signed is not None
        (who,) = (
            one for one in personas(self.gateway.desk.policies().people) if one.person == PersonId(person)
        )
        token = signed.token(who, now=self.gateway.desk.clock.now() - timedelta(minutes=minutes_ago))
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers)
        return answer.status_code, answer.json()


@pytest.fixture
def online(home: PolicyHome) -> Iterator[Online]:
    with open_gateway(home.home.root, workers=1, log=lambda _line: None) as gateway:
        client = TestClient(make_app(gateway), base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
        yield Online(gateway, client)


def test_a_second_administrator_who_is_signed_in_agrees_and_it_is_in_force(
    home: PolicyHome, online: Online
) -> None:
    status, listed = online.call("GET", "/policy-versions", AUDITOR)
    assert status == 200
    assert [(one["version"], one["waits"]) for one in listed["items"]] == [(2, True), (1, False)]  # type: ignore[attr-defined]
    assert home.gender_uses() == {"group", "filter"}
    status, told = online.call("POST", "/policy-versions/2/confirm", SECOND)
    assert (status, told["confirmed_by"], told["waits"]) == (200, SECOND, False)
    assert home.gender_uses() == {"group", "filter", "aggregate"}
    with online.gateway.store.read() as reading:
        (agreed,) = reading.entries(kinds=[Kind.POLICY_CONFIRMED])
    assert agreed.actor == SECOND
    assert agreed.body is not None
    assert agreed.body["how"] == "signed in"
    with online.gateway.store.read() as reading:
        (two,) = reading.agreements(Matter.POLICY, about="2")
    assert (two.first, two.second) == (ADMIN, SECOND)
    assert online.call("POST", "/policy-versions/2/confirm", SECOND)[0] == 409  # it waits for nobody


@pytest.mark.parametrize(
    ("person", "minutes_ago", "status"),
    [
        (ADMIN, 0, 403),  # proposed it
        (SECOND, 16, 401),  # signed in too long ago
        (AUDITOR, 0, 403),
        (RESEARCHER, 0, 403),
        ("data-steward@enclave.example", 0, 403),
    ],
)
def test_nobody_else_agrees(
    home: PolicyHome, online: Online, person: str, minutes_ago: int, status: int
) -> None:
    found, told = online.call("POST", "/policy-versions/2/confirm", person, minutes_ago=minutes_ago)
    assert found == status, told
    assert home.gender_uses() == {"group", "filter"}


def test_the_page_of_a_version_offers_it_to_whom_it_is_for(home: PolicyHome, online: Online) -> None:
    def signed_in(person: str) -> Browser:
        app = make_app(online.gateway)
        opened = Browser(TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_001)))
        assert opened.sends("/sign-in/persona", persona=person).status_code == 303
        return opened

    assert "Agree to version 2" not in signed_in(ADMIN).opens("/oversight/versions/2").text
    assert "Agree to version 2" not in signed_in(AUDITOR).opens("/oversight/versions/2").text
    second = signed_in(SECOND)
    assert "Agree to version 2" in second.opens("/oversight/versions/2").text
    assert signed_in(ADMIN).sends("/oversight/versions/2/confirm").status_code == 403
    assert home.gender_uses() == {"group", "filter"}
    assert second.sends("/oversight/versions/2/confirm").status_code == 303
    assert home.gender_uses() == {"group", "filter", "aggregate"}
    assert f"Agreed to by {SECOND}" in second.opens("/oversight/versions/2").text


def test_the_author_of_the_commit_does_not_agree_to_it_either(home: PolicyHome, online: Online) -> None:
    home.change(FILE, WIDER, WIDER.replace("aggregate", "aggregate, link"))
    home.commit(by=SECOND).apply("and more", by=ADMIN)
    assert online.call("POST", "/policy-versions/3/confirm", SECOND)[0] == 403
    assert online.call("POST", "/policy-versions/2/confirm", SECOND)[0] == 409  # overtaken


def test_past_queries_are_tried_against_another_version(home: PolicyHome) -> None:
    """On a home with recorded queries: one that would be refused from then on is named, with why; others are not."""
    texts = {
        "kept": "SELECT count(*) AS n FROM school_census_pupil WHERE academic_year = '2023/24'",
        "lost": "SELECT count(*) AS n FROM school_census_pupil WHERE academic_year = '2023/24' AND gender = 'F'",
    }
    with open_records(home.home, clock=SystemClock()) as store:
        for name, sql in texts.items():
            ask(store, project=PROJECT, person=PersonId(RESEARCHER), name=name, sql=sql)
    home.change(FILE, WIDER, NARROWER)
    found = difference("in-force", "files", folder=home.files, home=home.home, replays=True)
    assert found.replayed is not None
    met = {one.query.name: (one.before, one.after, one.differs) for one in found.replayed}
    assert not met["kept"][2]
    assert met["lost"][2]
    assert "field-use" in met["lost"][1]
