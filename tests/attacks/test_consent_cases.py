"""A consent is asked for, or withdrawn, by the way of requests: nobody's but theirs, and by nobody alone.

Source: UK GDPR, articles 7 and 21.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.asker import Asker
from enclave.actions.give_copy import CopyForm, draw_copy
from enclave.outputs.records import QueryId, Wanted
from enclave.people.consents import Consent
from enclave.problems.service import Conflict, Forbidden
from enclave.rights.cases import CaseId, CaseKind, Command, Outcome, OutputOfUse
from enclave.rights.copies import RecordOfUse
from enclave.wiring.gateway import Gateway, open_gateway
from enclave.wiring.sources import SystemClock
from tests.oracle.policies import VERSION
from tests.support.canary_world import PEOPLE, canary_home
from tests.support.rights import Cases, open_cases
from tests.support.service import ADMIN, ASKS, STEWARD, THIS

GIVEN = {"reason": "their form", "purposes": "education_research", "recipients": "press, commercial"}
BACK = {"reason": "as they wish", "withdraw": "yes"}
A_USE = RecordOfUse(
    project=str(THIS),
    title="A project",
    organisation="The infirmary",
    why="To know",
    fields=("patient.sex",),
    years=("2021",),
    first=datetime(2026, 1, 5, tzinfo=UTC).date(),
    last=datetime(2026, 1, 6, tzinfo=UTC).date(),
    questions=2,
    released=1,
    outputs=(OutputOfUse("O-7", "Patients by sex"),),
)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    opened = open_cases(tmp_path_factory.mktemp("consents"))
    opened.rights = replace(opened.rights, uses=lambda _unit, _keys: (A_USE,))
    yield opened
    opened.service.close()


def register(cases: Cases, *, standing: bool = True) -> tuple[Consent, ...]:
    with cases.service.records.read() as reading:
        return reading.consents(standing=standing)


def found(cases: Cases, number: int, kind: CaseKind = CaseKind.CONSENT) -> CaseId:
    return cases.looked_up({"nhs_number": str(cases.person(number)["nhs_number"])}, kind=kind)


def proposed(cases: Cases, id: CaseId, texts: dict[str, str], **more: Any) -> None:
    cases.act(id, Command.PROPOSE, STEWARD, **{"outcome": Outcome.GRANTED, "texts": texts} | more)


def test_a_consent_is_in_the_register_once_two_granted_it_and_is_withdrawn_by_the_same_way(
    cases: Cases,
) -> None:
    id, other = found(cases, 3), found(cases, 8)
    for one in (id, other):
        before = register(cases)
        proposed(cases, one, GIVEN)
        assert register(cases) == before  # one person has said so, and no more
        cases.act(one, Command.CONFIRM, ADMIN)
    mine, theirs = register(cases)
    assert (mine.purposes, mine.recipients) == (("education_research",), ("press", "commercial"))
    assert (mine.evidence, mine.unit, mine.recorded_by) == (f"Request {id}", "patient", ADMIN)
    assert mine.person != theirs.person
    back = found(cases, 3)
    proposed(cases, back, BACK)
    assert len(register(cases)) == 2
    cases.act(back, Command.CONFIRM, ADMIN)
    assert register(cases) == (theirs,)
    assert len(register(cases, standing=False)) == 2


def test_what_is_refused_puts_nothing_into_the_register(cases: Cases) -> None:
    before, id = register(cases, standing=False), found(cases, 5)
    proposed(cases, id, {"reason": "not theirs"}, outcome=Outcome.REFUSED)
    cases.act(id, Command.CONFIRM, ADMIN)
    assert register(cases, standing=False) == before


def test_nobody_grants_a_consent_alone(cases: Cases) -> None:
    id = found(cases, 6)
    proposed(cases, id, GIVEN)
    with pytest.raises(Forbidden):
        cases.act(id, Command.CONFIRM, STEWARD)


@pytest.mark.parametrize(
    "texts",
    [
        {"reason": "theirs"},
        {**GIVEN, "purposes": "marketing"},
        {**GIVEN, "recipients": "university"},
        {**GIVEN, "withdraw": "yes"},
        {**GIVEN, "expires": "soon"},
        {**GIVEN, "expires": "1999-01-01"},
    ],
    ids=lambda texts: ",".join(texts.values()),
)
def test_what_the_house_does_not_have_is_no_proposal(cases: Cases, texts: dict[str, str]) -> None:
    id = found(cases, 7)
    with pytest.raises(Conflict):
        proposed(cases, id, texts)


def test_another_kind_of_request_gives_no_consent(cases: Cases) -> None:
    id = found(cases, 9, CaseKind.OBJECTION)
    with pytest.raises(Conflict):
        proposed(cases, id, GIVEN)


@pytest.mark.parametrize("kind", [CaseKind.CONSENT, CaseKind.OBJECTION, CaseKind.OPT_OUT])
def test_tables_that_were_released_with_them_in_it_are_listed(cases: Cases, kind: CaseKind) -> None:
    told = cases.read(found(cases, 11, kind)).as_json()["papers"]["outputs"]
    assert told == [{"id": "O-7", "title": "Patients by sex"}]


@pytest.mark.parametrize("form", [CopyForm.HTML, CopyForm.JSON])
def test_a_copy_lists_them_with_each_project(cases: Cases, form: CopyForm) -> None:
    id = cases.decided({"nhs_number": str(cases.person(12)["nhs_number"])})
    copy = draw_copy(cases.service.asker(STEWARD), id, form, cases.service.desk, cases.rights)
    assert b"Patients by sex" in copy.content
    assert b"O-7" in copy.content


def test_only_what_was_released_and_reached_them_is_listed(tmp_path: Path) -> None:
    """Through a gateway: one query is about everybody in a year, another about one hospital of four."""
    root, _ = canary_home(tmp_path)
    reaches = "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1"
    past_them = "SELECT sex, count(*) AS n FROM patient WHERE hospital_id = 2 GROUP BY 1"
    with open_gateway(root, workers=1, log=lambda _line: None) as gateway:
        ids = [asked(sql, gateway) for sql in (reaches, past_them)]
        with gateway.desk.records.read() as reading:
            first, second = (reading.output_of(QueryId(id)) for id in ids)
        assert first is not None
        assert second is not None
        told = [
            {one.id for use in gateway.rights.uses("patient", {VERSION: key}) or () for one in use.outputs}
            for key in range(1, PEOPLE + 1)  # who is which number is drawn anew by each load
        ]
    assert {frozenset(one) for one in told} == {frozenset({first.id}), frozenset({first.id, second.id})}


def asked(sql: str, gateway: Gateway) -> str:
    asker = Asker(ASKS, gateway.desk.policies().people[ASKS].roles, SystemClock().now())
    id = ask_query(AskQuery(asker, THIS, sql, "A table", Wanted.ORDINARY), gateway.desk).id
    while True:
        with gateway.desk.records.read() as reading:
            query = reading.query(QueryId(id))
        assert query is not None
        if query.finished_at is not None:
            return id
        SystemClock().sleep(0.05)
