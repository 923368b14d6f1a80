"""The risk report of an answer: kept with it, complete for checkers, and silent on what others were shown."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from enclave.actions.ask_release import ask_release
from enclave.actions.kept_answers import intact, read_report
from enclave.actions.linked_numbers import FOREIGN, HEADCOUNT, MEANWHILE, UNNAMED, linked_words
from enclave.actions.read_outputs import read_output, read_review
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import RiskReport, Rule, Witness
from enclave.outputs.ledger import Judged, Known, NumbersState, Reservation
from enclave.outputs.records import QueryId
from enclave.outputs.states import State, Verdict
from enclave.problems.service import Conflict
from enclave.terms import ProjectId
from tests.support.service import ASKS, CHECKERS, OTHER, STRANGER, Files, Service

BY_SEX = "SELECT sex, count(*) AS n FROM patient GROUP BY 1"
BUT_ONE = "SELECT sex, count(*) AS n FROM patient WHERE weight > 30.5 GROUP BY 1"  # one man weighs less
JUST_ONE = "SELECT count(*) AS n FROM patient WHERE weight < 30.5"
NESTED = "it holds an earlier number, or lies within one, but for a few units"


def report(service: Service, id: QueryId) -> dict[str, Any]:
    with service.records.read() as reading:
        result = reading.result(id)
    assert result is not None
    assert intact(result)
    return dict(read_report(result))


def linked(service: Service, id: QueryId) -> list[dict[str, Any]]:
    return [link for leaf in report(service, id)["leaves"] for link in leaf["linked"]]


def test_every_rule_stands_in_the_report_with_what_it_came_to(service: Service) -> None:
    found = report(service, service.ran(BY_SEX))
    (leaf,) = found["leaves"]
    assert [one["rule"] for one in leaf["outcomes"]] == [rule.value for rule in Rule]
    assert {one["outcome"] for one in leaf["outcomes"]} == {"pass"}
    assert (found["verdict"], leaf["share_hidden"], leaf["coarser"]) == ("clean", 0.0, [])
    assert [(top["of"], top["measure"]) for top in leaf["top_shares"]] == [("unit", "count(*)")]


def test_an_earlier_number_of_the_project_is_named_by_its_query(service: Service) -> None:
    earlier = service.ran(BY_SEX)
    id = service.ran(BUT_ONE)
    assert linked(service, id) == [
        {
            "rule": NESTED,
            "state": "flagged",
            "with": [earlier],
            "row": 1,
            "where": {"sex": "M"},
            "measure": None,
        }
    ]
    assert report(service, id)["verdict"] == "flagged"


def test_an_earlier_number_from_elsewhere_is_only_an_output_of_another_project(service: Service) -> None:
    def shares_a_person(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        people.append({"id": str(ASKS), "role": "researcher"})

    service.change_policy(shares_a_person, file=f"projects/{OTHER}.yaml")
    elsewhere = service.ask(BY_SEX, person=STRANGER, project=OTHER)
    service.run()
    id = service.ran(BUT_ONE)
    assert [link["with"] for link in linked(service, id)] == [[FOREIGN]]
    with service.records.read() as reading:
        result = reading.result(id)
    assert result is not None
    assert str(elsewhere.id).encode() not in result.report
    assert str(OTHER).encode() not in result.report


def test_an_item_that_shows_nothing_is_blocked_and_cannot_be_approved(service: Service) -> None:
    service.ran(BY_SEX)
    id = ask_release(service.asker(ASKS), service.ran(JUST_ONE), "For the paper", service.desk).id
    review = read_review(service.asker(CHECKERS[0]), id, service.desk)
    assert review.report["verdict"] == "blocked"
    with pytest.raises(Conflict, match="cannot be approved as it is"):
        service.vote(id, CHECKERS[0])
    for checker in CHECKERS[:2]:
        service.vote(id, checker, Verdict.RETURN)
    assert service.state(id) is State.RETURNED


def test_the_report_never_leaves_to_the_researcher(service: Service) -> None:
    service.ran(BY_SEX)
    id = ask_release(service.asker(ASKS), service.ran(BUT_ONE), "For the paper", service.desk).id
    seen = json.dumps(asdict(read_output(service.asker(ASKS), id, service.desk)), default=str)
    assert not any(word in seen for word in ("verdict", "suppressed", "outcomes", "linked", "hidden"))


def known(*reservations: tuple[str, str | None, str, int]) -> Known:
    found = (
        Reservation(
            id=at,
            seq=at,
            project=ProjectId(project),
            query_id=None if query is None else QueryId(query),
            data_version=version,
            state=NumbersState.SHOWN,
            judged=Judged(0, frozenset()),
            numbers=(None,) * count,  # type: ignore[arg-type]
        )
        for at, (project, query, version, count) in enumerate(reservations)
    )
    return Known(Judged(0, frozenset()), tuple(found))


def test_a_witness_is_the_place_of_its_number_among_all_that_are_known() -> None:
    witnesses = tuple(Witness(0, None, Rule.TWO_SIDED, (handle,)) for handle in range(-1, 6))
    of = RiskReport(Raw(pa.table({})), np.zeros(1, dtype=np.int8), {}, witnesses)
    shown = known(
        ("P-1", "Q-1", "old", 1), ("P-1", "Q-2", "v1", 2), ("P-2", "Q-3", "v1", 1), ("P-1", None, "v1", 1)
    )
    words = linked_words([of], shown, project=ProjectId("P-1"))
    assert words == {
        -1: HEADCOUNT, 0: "Q-1", 1: "Q-2", 2: "Q-2", 3: FOREIGN, 4: UNNAMED, 5: MEANWHILE
    }  # fmt: skip
