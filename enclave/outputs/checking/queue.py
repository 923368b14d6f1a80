"""The queue in the order in which a checker should take it: by risk and by the clock.

A checker's own votes, and items that wait for others, go to the end: there is nothing for them to do there now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from enclave.outputs.hashes import Hashes, sha256
from enclave.outputs.records import OutputId
from enclave.outputs.states import State
from enclave.terms import ProjectId

MOST_TOGETHER: Final = 20
"""Clear items that may be approved in one go."""


class Order(StrEnum):
    RISK = "risk"
    CLOCK = "clock"


class Risk(StrEnum):
    """How much an item asks of whoever looks at it, the most first."""

    DISPUTED = "disputed"
    BLOCKED = "cannot be approved"
    LOOK = "to look at"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One item that waits for checkers, for one who may look at it.

    Attributes:
        looks: how many things a checker is asked to weigh.
        hidden_percent: how much of the numbers is hidden.
        claimed: somebody else has taken it.
        voted: this checker has voted on it in this round.
        returned: in an earlier round.
        opened: this checker has seen it whole in this round.
        hashes: what a vote on it is bound to.
    """

    output: OutputId
    project: ProjectId
    project_title: str
    name: str
    why: str
    state: str
    risk: Risk
    looks: int
    reasons: tuple[str, ...]
    cells: int
    hidden_percent: int
    votes: int
    needed: int
    voted: bool
    claimed: bool
    round: int
    asked_at: datetime
    due_on: date
    etag: str
    hashes: Hashes
    opened: bool

    @property
    def seal(self) -> str:
        """One word for all that a vote on it is bound to."""
        return self.hashes.seal

    @property
    def clear(self) -> bool:
        return self.risk is Risk.CLEAR

    def days_left(self, today: date) -> int:
        """Calendar days; below 0 when it is overdue."""
        return (self.due_on - today).days


RISKS: Final = tuple(Risk)


def risk_of(state: str, verdict: str, looks: int) -> Risk:
    """The grade of an item. An unknown verdict is looked at."""
    if state == State.DISPUTED:
        return Risk.DISPUTED
    match verdict:
        case "blocked":
            return Risk.BLOCKED
        case "clean" | "suppressed" if looks == 0:
            return Risk.CLEAR
        case _:
            return Risk.LOOK


def ordered(rows: Iterable[QueueRow], order: Order, *, today: date) -> list[QueueRow]:
    """What is overdue first, whatever the order; then by risk or by the day by which an answer was promised."""

    def place(row: QueueRow) -> tuple[object, ...]:
        grade = RISKS.index(row.risk)
        by = (grade, row.due_on) if order is Order.RISK else (row.due_on, grade)
        return (row.voted, row.days_left(today) >= 0, *by, row.claimed, row.asked_at, row.output)

    return sorted(rows, key=place)


ONE_IN: Final = 10


def drawn(output: str, seal: str, person: str) -> bool:
    """Whether this checker must see this item whole before it is approved together with others: one in ten.

    It follows from what is decided on and who decides, so asking again, or in smaller groups, changes nothing.

    Limit: a checker who knows this rule and the hashes of an item could work out whether it is drawn.
    """
    return int(sha256(f"{output} {seal} {person}".encode())[:8], 16) % ONE_IN == 0
