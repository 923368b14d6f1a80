"""Where checkers look, what earlier answers of a project make unsafe is left to them; where nobody looks, it is hidden.

The population of one wave has four people with a rare diagnosis, fewer than the threshold of five.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from enclave.actions.ask_query import AskQuery, check_query
from enclave.actions.ask_release import ask_release
from enclave.actions.kept_answers import read_report, read_table
from enclave.actions.ledger_desk import scope_of
from enclave.actions.read_outputs import read_query
from enclave.outputs.records import OutputId, QueryId, Wanted
from enclave.outputs.states import State, Verdict
from enclave.problems.service import Conflict
from tests.support.service import ASKS, CHECKERS, OTHER, STRANGER, THIS, Files, Service

WAVE = "FROM patient WHERE year = 2022 AND wave = 'SPR'"
ALL = f"SELECT count(*) AS n {WAVE}"
BUT_THE_RARE = f"SELECT count(*) AS n {WAVE} AND diagnosis IS DISTINCT FROM 'RARE'"
NESTED = "it holds an earlier number, or lies within one, but for a few units"
Json = Mapping[str, Any]


def rows(service: Service, id: QueryId) -> list[dict[str, Any]]:
    with service.records.read() as reading:
        result = reading.result(id)
    assert result is not None
    table = read_table(result)
    return table.table.rename_columns([one.name for one in table.columns]).to_pylist()


def report(service: Service, id: QueryId) -> Json:
    with service.records.read() as reading:
        result = reading.result(id)
    assert result is not None
    return read_report(result)


def links(service: Service, id: QueryId) -> list[Json]:
    return [link for leaf in report(service, id)["leaves"] for link in leaf["linked"]]


def sent(service: Service, id: QueryId) -> OutputId:
    return ask_release(service.asker(ASKS), id, "For the paper", service.desk).id


def approved(service: Service, id: OutputId) -> State:
    with service.records.read() as reading:
        output = reading.output(id)
    assert output is not None
    for checker in CHECKERS[: output.k]:
        service.vote(id, checker)
    return service.state(id)


def test_the_same_number_is_hidden_where_nobody_looks_and_flagged_where_somebody_does(
    service: Service,
) -> None:
    earlier = service.ran(ALL)
    assert rows(service, service.ran(BUT_THE_RARE)) == [{"n": None}]
    flagged = service.ran(BUT_THE_RARE, Wanted.CHECKERS)
    assert rows(service, flagged) == [{"n": 143}]
    assert report(service, flagged)["verdict"] == "flagged"
    link = {"rule": NESTED, "state": "flagged", "with": [earlier], "row": 0, "where": {}, "measure": None}
    assert link in links(service, flagged)


def test_the_asker_sees_the_same_whether_something_is_flagged_or_not(service: Service) -> None:
    service.ran(ALL)
    flagged, clean = (
        read_query(service.asker(ASKS), service.ran(sql, Wanted.CHECKERS), service.desk).as_json()
        for sql in (BUT_THE_RARE, f"SELECT count(*) AS n {WAVE} AND diagnosis IS DISTINCT FROM 'HEART'")
    )
    same = ("status", "route", "reasons", "cells", "output", "problem")
    assert [flagged[name] for name in same] == [clean[name] for name in same]
    assert flagged["status"] == "done"


def test_what_checkers_approve_is_released_with_its_flags(service: Service) -> None:
    service.ran(ALL)
    id = sent(service, service.ran(BUT_THE_RARE, Wanted.CHECKERS))
    assert approved(service, id) is State.RELEASED


def test_a_flagged_number_that_nobody_has_approved_is_told_by_no_other_query(service: Service) -> None:
    """Else the same number, or another statistic of the same people, would come out by the automatic route."""
    service.ran(ALL)
    sent(service, service.ran(BUT_THE_RARE, Wanted.CHECKERS))
    assert rows(service, service.ran(BUT_THE_RARE)) == [{"n": None}]
    another = f"SELECT count(*) AS n, count(weight) AS w {WAVE} AND diagnosis IS DISTINCT FROM 'RARE'"
    assert rows(service, service.ran(another)) == [{"n": None, "w": None}]


def test_a_flagged_number_that_was_approved_is_repeated_like_any_other(service: Service) -> None:
    service.ran(ALL)
    approved(service, sent(service, service.ran(BUT_THE_RARE, Wanted.CHECKERS)))
    assert rows(service, service.ran(BUT_THE_RARE)) == [{"n": 143}]


def test_a_flagged_number_that_was_rejected_counts_for_nothing(service: Service) -> None:
    service.ran(f"SELECT count(*) AS n {WAVE} AND diagnosis IS DISTINCT FROM 'HEART'")
    id = sent(service, service.ran(f"SELECT count(*) AS n {WAVE}", Wanted.CHECKERS))
    for checker in CHECKERS[:1]:
        service.vote(id, checker, Verdict.REJECT)
    assert service.state(id) is State.REJECTED
    assert rows(service, service.ran(BUT_THE_RARE)) == [{"n": 143}]


def test_what_is_hidden_in_the_answer_alone_is_hidden_on_every_route(service: Service) -> None:
    """A total and all of it but four people: whoever reads the answer subtracts."""
    both = f"SELECT count(*) AS n, count(*) FILTER (WHERE diagnosis IS DISTINCT FROM 'RARE') AS m {WAVE}"
    assert rows(service, service.ran(both, Wanted.CHECKERS)) == [{"n": 147, "m": None}]
    few = f"SELECT count(*) AS n {WAVE} AND diagnosis = 'RARE'"
    id = service.ran(few, Wanted.CHECKERS)
    assert rows(service, id) == [{"n": None}]
    assert report(service, id)["verdict"] == "blocked"


def shares_a_person(project: Files) -> None:
    people = project["people"]
    assert isinstance(people, list)
    people.append({"id": str(ASKS), "role": "researcher"})


def test_what_another_project_was_shown_hides_on_every_route(service: Service) -> None:
    service.change_policy(shares_a_person, file=f"projects/{OTHER}.yaml")
    service.records.ledger.remember([scope_of(project, service.policies) for project in (THIS, OTHER)])
    service.ask(ALL, person=STRANGER, project=OTHER)
    service.run()
    id = service.ran(BUT_THE_RARE, Wanted.CHECKERS)
    assert rows(service, id) == [{"n": None}]
    assert [(link["state"], link["with"]) for link in links(service, id)] == [
        ("hidden", ["an output of another project"])
    ]


def test_what_is_blocked_cannot_be_approved(service: Service) -> None:
    few = f"SELECT count(*) AS n {WAVE} AND diagnosis = 'RARE'"
    id = sent(service, service.ran(few, Wanted.CHECKERS))
    with pytest.raises(Conflict, match="blocked"):
        service.vote(id, CHECKERS[0])


def test_what_came_since_the_flags_sends_the_item_back(service: Service) -> None:
    """Two items, each judged without the other: somebody joined both projects since. No approval was about that."""
    service.ran(ALL)
    id = sent(service, service.ran(BUT_THE_RARE, Wanted.CHECKERS))
    service.ask(f"{BUT_THE_RARE} AND NOT (stage = 3)", person=STRANGER, project=OTHER)
    service.run()
    service.change_policy(shares_a_person, file=f"projects/{OTHER}.yaml")
    service.records.ledger.remember([scope_of(project, service.policies) for project in (THIS, OTHER)])
    assert approved(service, id) is not State.RELEASED


def test_choosing_checkers_makes_a_route_that_follows_from_nothing_else(service: Service) -> None:
    ask = AskQuery(service.asker(ASKS), THIS, ALL, "", Wanted.CHECKERS)
    checked = check_query(ask, service.desk)
    assert (checked.route.checkers, checked.reasons) == (1, ("whoever asked chose checkers",))
    assert check_query(replace(ask, wanted=Wanted.ORDINARY), service.desk).route.automatic


HOSPITAL = f"{WAVE} AND hospital_id = 101"
MEANS = [f"SELECT avg(weight) AS w {HOSPITAL}{more}" for more in ("", " AND sex = 'F'", " AND band = 1")]
CAP = "its base has given as many independent numbers as it ever may"
SOLVED = "with earlier numbers it could be solved for a few units"


def test_beyond_the_lifetime_cap_whoever_asks_may_choose_checkers(service: Service) -> None:
    """Three means of 36 people are all there may be; the fourth is hidden, or for checkers."""
    earlier = [service.ran(mean) for mean in MEANS]
    fourth = f"SELECT avg(weight) AS w {HOSPITAL} AND insured"
    assert rows(service, service.ran(fourth)) == [{"w": None}]
    id = service.ran(fourth, Wanted.CHECKERS)
    assert rows(service, id) == [{"w": pytest.approx(87.81, abs=0.01)}]
    (link,) = links(service, id)
    assert (link["rule"], link["state"]) == (CAP, "flagged")
    assert set(earlier) <= set(link["with"]), "a checker is told of the earlier answers"


def test_an_equation_for_a_few_people_is_flagged_where_it_rests_on_earlier_answers(service: Service) -> None:
    means = [*MEANS, f"SELECT avg(weight) AS w {HOSPITAL} AND sex = 'M' AND band < 3"]
    for mean in (*MEANS, f"SELECT avg(weight) AS w {HOSPITAL} AND band = 2"):
        service.ran(mean)
    assert rows(service, service.ran(means[-1])) == [{"w": None}]
    id = service.ran(means[-1], Wanted.CHECKERS)
    assert rows(service, id) == [{"w": pytest.approx(85.82, abs=0.01)}]
    assert {(link["rule"], link["state"]) for link in links(service, id)} == {(SOLVED, "flagged")}


def test_an_equation_for_a_few_people_in_one_answer_is_hidden_on_every_route(service: Service) -> None:
    subsets = ("TRUE", "sex = 'F'", "band = 1", "band = 2", "sex = 'M' AND band < 3")
    means = ", ".join(f"avg(weight) FILTER (WHERE {one}) AS w{at}" for at, one in enumerate(subsets))
    id = service.ran(f"SELECT {means} {HOSPITAL}", Wanted.CHECKERS)
    (row,) = rows(service, id)
    assert row["w4"] is None
    assert all(link["state"] == "hidden" for link in links(service, id) if link["rule"] != CAP)
