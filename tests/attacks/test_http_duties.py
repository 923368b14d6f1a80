"""Every duty towards the house by every role, over HTTP: the table of duties is what the service does.

Each duty is tried at each address that asks for it, by somebody who has just one role, on something that is there and
in the state in which the duty can be done. Whoever may is answered as one who may; whoever may not, with a no.
Source: OWASP API Security Top 10 (2023): API5 broken function level authorisation.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from enclave.audit import Entry, Kind
from enclave.outputs.agreements import Agreement, Matter
from enclave.outputs.duties import Duty
from enclave.outputs.keeping import Change
from enclave.outputs.notices import Notice
from enclave.outputs.role_table import duty_table
from enclave.people import Role
from enclave.terms import PersonId
from enclave.web.rates import Pace
from enclave.wiring.policy_versions import Version, alone, new_files, write_version
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    CHECKERS,
    COLLEAGUE,
    MANAGER,
    NOW,
    OFFICER,
    SENIOR,
    STEWARD,
    THIS,
)
from tests.support.web import Web

WHO: Final = {
    Role.RESEARCHER: COLLEAGUE,
    Role.OUTPUT_CHECKER: CHECKERS[0],
    Role.SENIOR_CHECKER: SENIOR,
    Role.ADMIN: ADMIN,
    Role.DATA_STEWARD: STEWARD,
    Role.AUDITOR: AUDITOR,
    Role.SCHOOL_DATA_OFFICER: OFFICER,
    Role.PROJECT_MANAGER: MANAGER,
}
NO: Final = {403, 404}
NUMBERS: Final = itertools.count(1)
QUICK: Final = Pace(calls=10_000, seconds=6.0)
CONSENT = {
    "unit": "patient",
    "keys": ["nobody"],
    "purposes": ["research"],
    "recipients": ["press"],
    "evidence": "Form 12",
    "given_on": "2026-03-01",
}
FIELD = {"table": "patient", "field": "weight", "reason": "It is asked for no more"}
CASE = {"kind": "access", "received_on": "2026-11-24", "contact": "a letter", "about": "all"}
VERIFY = {"did": "verify", "texts": {"identity": "passport seen"}}
LOOK_UP = {"did": "ask for the look-up", "criteria": {"nhs_number": "12"}}
PROPOSE = {"did": "propose", "outcome": "refused", "texts": {"reason": "not theirs"}}


@dataclass(frozen=True)
class Try:
    """One address: `done` is what somebody is answered who may. `make` gives what the path names, made anew.

    `also`: who may do the same by another duty of theirs.
    """

    method: str
    path: str
    done: int
    body: Mapping[str, Any] | None = None
    make: Callable[[Web], str] = lambda _web: ""
    also: frozenset[Role] = frozenset()


def case_of(person: PersonId, *acts: tuple[PersonId, Mapping[str, Any]]) -> Callable[[Web], str]:
    """A new request, with what was done with it. That of an officer came through their own cluster."""

    def make(web: Web) -> str:
        through = {"through": "H-1"} if person == OFFICER else {}
        opened = web.call("POST", "/cases", person, body={**CASE, **through})
        assert opened.status_code == 201, opened.text
        id = str(opened.json()["id"])
        for by, act in acts:
            answer = web.call("POST", f"/cases/{id}/acts", by, body=act)
            assert answer.status_code == 200, answer.text
        return id

    return make


def a_dead_letter(web: Web) -> str:
    """Somebody's letter, which could not be sent."""
    notice = Notice("output.returned", ASKS, f"O-{next(NUMBERS)}")
    web.service.desk.write(Entry(Kind.OUTPUT_RETURNED, None, None), lambda opened: opened.notify(notice))
    with closing(sqlite3.connect(web.folder / "state" / "enclave.db")) as connection, connection:
        connection.execute("UPDATE outbox SET state = 'dead'")
        (letter,) = connection.execute("SELECT max(id) FROM outbox").fetchone()
    return f"L-{letter}"


def asked(web: Web) -> str:
    """A retraction that another data steward asked for."""

    def change(opened: Change) -> str:
        id = opened.new_agreement_id()
        opened.add_agreement(
            Agreement(id, Matter.RETRACTION, "patient.age", "why", PersonId("another"), opened.at)
        )
        return id

    return str(web.service.desk.write(Entry(Kind.RETRACTION_ASKED, None, None), change))


DIRECT, OWN = case_of(STEWARD), case_of(OFFICER)
VERIFIED = case_of(STEWARD, (ADMIN, VERIFY))
OWN_VERIFIED = case_of(OFFICER, (ADMIN, VERIFY))
DECIDED = case_of(STEWARD, (STEWARD, PROPOSE), (ADMIN, {"did": "confirm", "seen": 2}))
OWN_DECIDED = case_of(OFFICER, (STEWARD, PROPOSE), (ADMIN, {"did": "confirm", "seen": 2}))
OWN_ASKED = case_of(OFFICER, (ADMIN, VERIFY), (OFFICER, LOOK_UP))
ACTS = "/cases/{}/acts"
KEEPS = frozenset({Role.DATA_STEWARD})
TRIES: Final[Mapping[Duty, tuple[Try, ...]]] = {
    Duty.OVERSEE: tuple(
        Try("PAGE", f"/oversight{part}", 200) for part in ("", "/people", "/jobs", "/record", "/projects")
    ),
    Duty.READ_LETTERS: (Try("GET", "/letters", 200),),
    Duty.RETRY_LETTERS: (Try("POST", "/letters/{}/retry", 202, make=a_dead_letter),),
    Duty.READ_DATA_VERSIONS: (Try("PAGE", "/oversight/data", 200), Try("GET", "/retractions", 200)),
    Duty.RETRACT: (Try("POST", "/retractions", 201, FIELD),),
    Duty.CONFIRM_RETRACTION: (Try("POST", "/retractions/{}/confirm", 200, make=asked),),
    Duty.READ_CASES: (Try("GET", "/cases/{}", 200, make=DIRECT), Try("GET", "/cases/{}", 200, make=VERIFIED)),
    Duty.READ_PAPERS: (Try("PAPERS", "/cases/{}", 200, make=DIRECT),),
    Duty.ANSWER_CASES: (
        Try("POST", "/cases", 201, CASE),
        Try("POST", ACTS, 200, PROPOSE, DIRECT),
        Try("POST", ACTS, 200, {"did": "extend", "texts": {"reason": "it is much"}}, DIRECT),
        Try("POST", ACTS, 200, {"did": "close"}, DECIDED),
    ),
    Duty.OPEN_VAULT: (Try("POST", ACTS, 200, LOOK_UP, VERIFIED),),
    Duty.CONFIRM_VAULT: (
        Try("POST", ACTS, 200, VERIFY, OWN),
        Try("POST", ACTS, 200, {"did": "allow the look-up", "seen": 3}, OWN_ASKED),
    ),
    Duty.READ_CONSENTS: (Try("GET", "/consents", 200),),
    Duty.RECORD_CONSENT: (Try("POST", "/consents", 409, CONSENT),),
    Duty.WITHDRAW_CONSENT: (Try("POST", "/consents/withdrawals", 409, {"consents": [], "keys": []}),),
    Duty.ASK_FOR_A_UNIT: (
        Try("POST", "/cases", 201, {**CASE, "through": "H-1"}),
        Try("POST", ACTS, 200, LOOK_UP, OWN_VERIFIED, also=KEEPS),
        Try("POST", ACTS, 200, {"did": "close"}, OWN_DECIDED, also=KEEPS),
    ),
    Duty.DECLARE_PROVIDER: (
        Try(
            "POST",
            "/register/notes",
            201,
            {"kind": "provider", "about": "H-1", "title": "A firm", "text": "rolls"},
        ),
    ),
    Duty.NOTE_INCIDENT: (
        Try(
            "POST",
            "/register/notes",
            201,
            {"kind": "incident", "about": THIS, "title": "Lost", "text": "A key"},
        ),
    ),
    Duty.NOTE_PUBLICATION: (
        Try(
            "POST",
            "/register/notes",
            201,
            {"kind": "publication", "about": THIS, "title": "Ours", "text": "A paper"},
        ),
    ),
    Duty.READ_POLICY_VERSIONS: (Try("GET", "/policy-versions", 200), Try("PAGE", "/oversight/versions", 200)),
    Duty.CONFIRM_POLICY: (Try("POST", "/policy-versions/1/confirm", 409),),
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A service with a version of the policies that waits, of which another administrator is the first."""
    folder: Path = tmp_path_factory.mktemp("duties")
    with Web(folder, people_pace=QUICK, strangers_pace=QUICK) as opened:
        home = opened.gateway.home
        with alone(home):
            new_files(home, 1)
        write_version(home, Version(1, "abc", "x@y.example", "why", "hash", None, ("more",), "another", NOW))
        yield opened


def answered(web: Web, one: Try, person: PersonId) -> int:
    path = one.path.format(one.make(web))
    if one.method == "PAGE":
        return web.browser(person).opens(path).status_code
    if one.method == "PAPERS":
        read = web.call("GET", path, person)
        return 404 if read.status_code == 200 and read.json()["papers"] is None else read.status_code
    headers = {"Authorization": f"Bearer {web.token(person)}"}
    return web.client.request(one.method, f"/api/v1{path}", headers=headers, json=one.body).status_code


@pytest.mark.parametrize("duty", Duty)
def test_a_duty_is_done_over_http_by_its_roles_and_by_no_other(duty: Duty, web: Web) -> None:
    cells = duty_table()[duty]
    wrong = [
        (one.method, one.path, one.body, role.value, found)
        for one in TRIES[duty]
        for role, person in WHO.items()
        if (found := answered(web, one, person))
        not in ({one.done} if cells[role] or role in one.also else NO)
    ]
    assert wrong == []


def test_every_duty_is_tried_and_every_role_tries_it() -> None:
    assert set(TRIES) == set(Duty)
    assert set(WHO) == set(Role)
    assert all(one.done not in NO for tries in TRIES.values() for one in tries)
