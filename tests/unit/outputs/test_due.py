"""Which moves an output makes by itself."""

from dataclasses import replace

import pytest

from enclave.outputs.due import Facts, due
from enclave.outputs.states import UNRELEASED, Command, Event, State, Verdict, move

A, B = Verdict.APPROVE, Verdict.RETURN
CALM = Facts(
    state=State.QUEUED, votes=(), needed=2, awaited=0, over=False, lapses=(), checkers_now=2, bound=True
)
VOTED = replace(CALM, state=State.IN_REVIEW, votes=(A, A))
APPROVED = replace(VOTED, state=State.APPROVED)


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (CALM, None),
        (replace(VOTED, votes=(A,)), None),
        (VOTED, Command.APPROVE),
        (replace(VOTED, votes=(A, B)), Command.DISPUTE),
        (replace(VOTED, awaited=1), None),
        (APPROVED, Command.RELEASE),
        (replace(APPROVED, bound=False), Command.VOID),
        (replace(APPROVED, checkers_now=3), Command.VOID),
        (replace(APPROVED, votes=(A,)), Command.VOID),  # approved, and its votes do not say so
        (replace(APPROVED, votes=(A, B)), Command.VOID),
        (replace(APPROVED, votes=(A, B), upheld=True), Command.RELEASE),
        (replace(APPROVED, lapses=("The project is not open",)), Command.HOLD),
        (replace(CALM, lapses=("The project is not open",)), Command.HOLD),
        (replace(APPROVED, lapses=("There is no such field",), overtaken=True), Command.VOID),
        (replace(CALM, state=State.ON_HOLD), Command.RESUME),
        (replace(CALM, state=State.ON_HOLD, lapses=("The project is not open",)), None),
        (replace(CALM, state=State.DISPUTED, votes=(A, B)), None),
        (replace(CALM, state=State.RETURNED, votes=(B, B)), None),
        (replace(CALM, state=State.RELEASED, lapses=("The project is not open",)), None),
    ],
)
def test_what_is_due(facts: Facts, wanted: Command | None) -> None:
    assert due(facts) is wanted


@pytest.mark.parametrize("state", State)
def test_when_a_project_ends_what_is_not_released_expires(state: State) -> None:
    wanted = Command.EXPIRE if state in UNRELEASED else None
    assert due(replace(CALM, state=state, over=True, votes=(A, A), lapses=("It is over",))) is wanted


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("lapses", [(), ("The project is not open",)])
@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("over", [True, False])
def test_what_is_due_can_be_done(state: State, lapses: tuple[str, ...], bound: bool, over: bool) -> None:
    command = due(replace(CALM, state=state, lapses=lapses, bound=bound, over=over, votes=(A, A)))
    if command is not None:
        assert isinstance(move(state, command), Event)
