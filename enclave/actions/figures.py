"""How the workflow does: how long checkers take, which pairs decide, why things come back, how many bad items pass."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from enclave.actions.asker import Asker
from enclave.actions.asking import who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.keeping import Reading
from enclave.outputs.pairs import PairShare, pair_shares
from enclave.outputs.permissions import OVERSEERS, Who, may_read_figures
from enclave.outputs.records import MoveRecord, OutputId, ReviewRecord
from enclave.outputs.states import Verdict
from enclave.outputs.working_time import CHECKERS_TURN, is_decided, percentile, with_checkers
from enclave.problems.service import Forbidden

LOOKED_BACK: Final = timedelta(days=90)
HOUR: Final = timedelta(hours=1)
HALF: Final = 0.5
MOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last 90 days; times are working hours, of 24 to a working day.

    Attributes:
        caught: of votes on known-bad items, how many did not approve; of all checkers and of whoever asks.
        pairs: by project, those pairs that handle more of its releases than the house wants.
    """

    decided: int
    p50: timedelta | None
    p90: timedelta | None
    waiting: int
    longest: timedelta | None
    reasons: Mapping[str, int]
    votes_on_seeded: int
    caught: int
    own_votes_on_seeded: int
    own_caught: int
    pairs: Mapping[str, Sequence[PairShare]]

    def as_json(self) -> dict[str, Any]:
        return {
            "days": LOOKED_BACK.days,
            "turn_around": {
                "decided": self.decided,
                "p50_working_hours": _hours(self.p50),
                "p90_working_hours": _hours(self.p90),
                "waiting": self.waiting,
                "longest_wait_working_hours": _hours(self.longest),
            },
            "reasons": dict(self.reasons),
            "known_bad": {
                "votes": self.votes_on_seeded,
                "caught": self.caught,
                "own_votes": self.own_votes_on_seeded,
                "own_caught": self.own_caught,
            },
            "pairs": [
                {"project": project, **share.as_json()}
                for project, shares in sorted(self.pairs.items())
                for share in shares
            ],
        }


def read_figures(asker: Asker, desk: ServiceDesk) -> Figures:
    """The figures, for checkers and for those who oversee.

    Raises:
        Forbidden: neither.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    if not may_read_figures(who).allowed:
        raise Forbidden(detail="The figures are for checkers, admins and auditors.")
    with desk.records.read() as reading:
        moves = reading.moves_since(desk.clock.now() - LOOKED_BACK)
        seeded, pairs = _ended(reading.seeded_votes(), reading), _pairs(who, policies, reading)
        real = {id: found for id, found in moves.items() if not _is_seeded(id, reading)}
        reasons = _reasons(real, reading)
    times = {id: _time(found, policies, desk) for id, found in real.items()}
    done = [times[id] for id, found in real.items() if is_decided(found)]
    waits = [times[id] for id, found in real.items() if found[-1].state in CHECKERS_TURN]
    own = [vote for vote in seeded if vote.reviewer == who.person]
    return Figures(
        decided=len(done),
        p50=percentile(done, HALF),
        p90=percentile(done, MOST),
        waiting=len(waits),
        longest=max(waits, default=None),
        reasons=reasons,
        votes_on_seeded=len(seeded),
        caught=_caught(seeded),
        own_votes_on_seeded=len(own),
        own_caught=_caught(own),
        pairs=pairs,
    )


def _time(moves: Sequence[MoveRecord], policies: Policies, desk: ServiceDesk) -> timedelta:
    house = policies.house
    return with_checkers(
        moves, until=desk.clock.now(), zone=house.time_zone, holidays=house.reviewing.bank_holidays
    )


def _ended(votes: Sequence[ReviewRecord], reading: Reading) -> list[ReviewRecord]:
    """Votes on known-bad items that are over: of one that others still look at, nothing is told."""
    over: dict[OutputId, bool] = {}
    for id in {vote.output_id for vote in votes}:
        output = reading.output(id)
        over[id] = output is not None and output.state not in CHECKERS_TURN
    return [vote for vote in votes if over[vote.output_id]]


def _reasons(moves: Mapping[OutputId, Sequence[MoveRecord]], reading: Reading) -> Mapping[str, int]:
    given = Counter(
        review.reason
        for id in moves
        for review in reading.reviews(id)
        if review.reason and not review.carried
    )
    return dict(sorted(given.items()))


def _pairs(who: Who, policies: Policies, reading: Reading) -> Mapping[str, Sequence[PairShare]]:
    """Pairs over the line. A checker who does not oversee sees those that they belong to."""
    percent = policies.house.reviewing.pair_percent
    found: dict[str, Sequence[PairShare]] = {}
    for project in policies.projects:
        shares = [one for one in pair_shares(reading.handlers(project).values(), percent=percent) if one.over]
        if not who.roles & OVERSEERS:
            shares = [one for one in shares if who.person in one.pair]
        if shares:
            found[str(project)] = shares
    return found


def _is_seeded(id: OutputId, reading: Reading) -> bool:
    output = reading.output(id)
    return output is not None and output.seeded


def _caught(votes: Sequence[ReviewRecord]) -> int:
    return sum(vote.verdict != Verdict.APPROVE for vote in votes)


def _hours(found: timedelta | None) -> float | None:
    return None if found is None else round(found / HOUR, 1)
