"""No way through the workflow leads to a release that k different, independent people did not approve of as it is.

Of one item every state that there is is visited. Of several, every world too, at any distance, by `joint`: the steps
of different items commute. That this leaves nothing out is compared with walks that go every way, step by step.
"""

import os
from dataclasses import replace
from typing import Any

import pytest

from enclave.outputs.states import State, Verdict
from enclave.outputs.workflow import Case, Refused, act
from enclave.terms import PersonId
from tests.support.joint import graph_of, phases, steps_within, walked, worlds
from tests.support.model import ASKER, ONE, SECOND_ACCOUNT, SENIOR, TWO, Model, visited, walk

DEEP = os.environ.get("MODEL_DEPTH")
FOUR = (ASKER, ONE, TWO, SENIOR)
FAR = 12
"""How far from items that were just asked for a walk of several has to lead, at least."""


@pytest.mark.parametrize(
    ("model", "depth"),
    [
        (Model(people=FOUR, k=2), 30),
        (Model(people=(ASKER, ONE, TWO, SECOND_ACCOUNT), k=1), 30),
        (Model(people=(ASKER, ONE, SENIOR), items=2, k=1), 4),
        (Model(people=(ASKER, ONE), items=3, k=1), 4),
    ],
    ids=["two of three", "a second account", "two items", "three items"],
)
def test_nothing_is_released_without_enough_people_who_approved_of_just_that(
    model: Model, depth: int
) -> None:
    seen = walk(model, depth=max(depth, int(DEEP)) if DEEP else depth)
    assert seen.wrong == []
    if model.items == 1:
        assert seen.whole  # every state that there is, however many steps away
        assert seen.depth >= FAR
    assert State.RELEASED in seen.reached


def test_of_three_items_and_four_people_nothing_is_wrong_at_any_distance() -> None:
    """Every world of three items is a triple out of a phase, and each step of each item there was judged."""
    graph = graph_of(Model(people=FOUR, k=2))
    assert graph.seen.wrong == []
    assert {State.RELEASED, State.DISPUTED, State.ON_HOLD, State.SUPERSEDED} <= graph.seen.reached
    found = phases(graph)
    assert all((lapsed, state) in graph.moves for lapsed, there in found for state in there)
    assert (
        max(steps_within(graph, phase) for phase in found) >= FAR
    )  # of one item; of three, as far again each


@pytest.mark.parametrize(
    ("people", "items"), [((ASKER, ONE), 3), ((ASKER, ONE, TWO), 2)], ids=["three items", "two items"]
)
def test_phases_hold_the_very_worlds_that_going_every_way_step_by_step_leads_to(
    people: tuple[PersonId, ...], items: int
) -> None:
    graph = graph_of(Model(people=people, k=1))
    found, far = walked(graph, items, depth=99)
    assert far >= FAR
    assert found == worlds(phases(graph), items)


@pytest.mark.parametrize("items", [2, 3])
def test_a_step_of_one_item_is_the_same_whatever_stands_beside_it(items: int) -> None:
    """What makes phases sound, asked of the walk that steps through whole worlds: it leads to the same ones."""
    model = Model(people=(ASKER, ONE), items=items, k=1)
    graph = graph_of(model)
    number = {thread: place for place, thread in enumerate(graph.states)}
    near, _ = walked(graph, items, depth=4)
    seen = {
        (one.lapsed, tuple(sorted(number[item] for item in one.items))) for one in visited(model, depth=4)
    }
    assert seen == near


def test_the_walk_reaches_every_state_that_an_output_can_be_in() -> None:
    seen = walk(Model(people=(ASKER, ONE, SENIOR, SECOND_ACCOUNT), k=1), depth=9)
    wanted = {State.QUEUED, State.IN_REVIEW, State.DISPUTED, State.APPROVED, State.ON_HOLD, State.RELEASED}
    wanted |= {State.RETURNED, State.WITHDRAWN, State.REVOCATION_ASKED, State.SUSPENDED, State.REVOKED}
    assert wanted | {State.SUPERSEDED} <= seen.reached
    assert seen.wrong == []


def _forgetful(case: Case, *args: Any, **now: Any) -> Case | Refused:
    """A workflow in which a vote is bound to nothing."""
    return act(replace(case, ballots=tuple(replace(b, seal=case.seal) for b in case.ballots)), *args, **now)


def _hasty(case: Case, *args: Any, **now: Any) -> Case | Refused:
    """A workflow in which the first approval is enough."""
    return act(replace(case, k=1), *args, **now)


def _credulous(case: Case, *args: Any, **now: Any) -> Case | Refused:
    """A workflow that does not ask whom a checker works for."""
    return act(replace(case, thing=replace(case.thing, organisations=frozenset())), *args, **now)


def _loud(case: Case, *args: Any, **now: Any) -> Case | Refused:
    """A workflow in which an objection is lost."""
    heard = tuple(ballot for ballot in case.ballots if ballot.verdict is Verdict.APPROVE)
    return act(replace(case, ballots=heard), *args, **now)


@pytest.mark.parametrize(
    ("model", "depth"),
    [
        (Model(people=(ASKER, ONE, TWO), k=2, act=_forgetful), 7),
        (Model(people=(ASKER, ONE), k=2, act=_hasty), 5),
        (Model(people=(ASKER, SECOND_ACCOUNT), k=1, act=_credulous), 5),
        (Model(people=(ONE, TWO), k=1, act=_loud), 6),
    ],
    ids=["forgetful", "hasty", "credulous", "loud"],
)
def test_the_walk_finds_what_is_wrong_with_a_broken_workflow(model: Model, depth: int) -> None:
    assert walk(model, depth=depth).wrong


@pytest.mark.parametrize(
    "model",
    [
        Model(people=(ASKER, ONE, TWO), k=2, act=_forgetful),
        Model(people=(ASKER, ONE), k=2, act=_hasty),
        Model(people=(ASKER, SECOND_ACCOUNT), k=1, act=_credulous),
        Model(people=(ONE, TWO), k=1, act=_loud),
    ],
    ids=["forgetful", "hasty", "credulous", "loud"],
)
def test_the_graph_shows_what_is_wrong_with_a_broken_workflow_too(model: Model) -> None:
    assert graph_of(model).seen.wrong


def test_only_known_verdicts_are_walked() -> None:
    assert {Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT} == set(Verdict)
