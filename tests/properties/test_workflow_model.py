"""No way through the workflow leads to a release that k different, independent people did not approve of as it is.

Of one item every state that there is is visited; of several, those within so many steps. Further: `make model`.
"""

import os
from dataclasses import replace
from typing import Any

import pytest

from enclave.outputs.states import State, Verdict
from enclave.outputs.workflow import Case, Refused, act
from tests.support.model import ASKER, ONE, SECOND_ACCOUNT, SENIOR, TWO, Model, walk

DEEP = os.environ.get("MODEL_DEPTH")
FOUR = (ASKER, ONE, TWO, SENIOR)


@pytest.mark.parametrize(
    ("model", "depth"),
    [
        (Model(people=FOUR, k=2), 30),
        (Model(people=(ASKER, ONE, TWO, SECOND_ACCOUNT), k=1), 30),
        (Model(people=(ASKER, ONE, SENIOR), items=2, k=1), 5),
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
        assert seen.depth >= 12
    assert State.RELEASED in seen.reached


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


def test_only_known_verdicts_are_walked() -> None:
    assert {Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT} == set(Verdict)
