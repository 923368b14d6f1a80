"""A checker's queue, in the order of risk or of the clock, each item with what its line says.

Each item is asked for by itself whether this checker may look at it; what they may not see is not counted either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from enclave.actions.asker import Asker
from enclave.actions.asking import refuse, thing_of, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Kind
from enclave.outputs.checking.queue import Order, QueueRow, ordered, risk_of
from enclave.outputs.checking.summary import Summary
from enclave.outputs.hashes import hashes_of
from enclave.outputs.keeping import Reading
from enclave.outputs.permissions import Act, Who, may, may_read_queue
from enclave.outputs.records import OutputId, QueryId, WaitingRecord
from enclave.outputs.review import awaited, due_on, present
from enclave.outputs.states import UNDECIDED
from enclave.outputs.views import etag_of
from enclave.projects import day_there

Opened = frozenset[tuple[str, int]]
"""Outputs with the round in which the checker has seen them whole."""


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """What waits, in order. `today` is the day in the house's time zone."""

    rows: tuple[QueueRow, ...]
    order: Order
    today: date

    @property
    def to_do(self) -> tuple[QueueRow, ...]:
        """What this checker has not voted on."""
        return tuple(row for row in self.rows if not row.voted)

    def place(self, output: OutputId) -> int | None:
        """The place of an item, counted from 1."""
        return next((at for at, row in enumerate(self.rows, 1) if row.output == output), None)


def read_work_queue(asker: Asker, desk: ServiceDesk, order: Order = Order.RISK) -> WorkQueue:
    """The queue of this checker.

    Raises:
        Forbidden: not a checker.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    decision = may_read_queue(who)
    if not decision.allowed:
        refuse(decision, called="the queue")
    today = day_there(who.now, policies.house.time_zone)
    with desk.records.read() as reading:
        found = list(_theirs(reading.waiting(states=UNDECIDED), who, policies))
        known = _summaries(found, reading, desk)
        seen = opened_by(who, reading)
    rows = [_row(one, known[one.output.report_hash], who, policies, seen) for one in found]
    return WorkQueue(tuple(ordered(rows, order, today=today)), order, today)


def opened_by(who: Who, reading: Reading) -> Opened:
    """What the checker has looked at whole, as it is on record; the latest two hundred."""
    entries = reading.entries(kinds=[Kind.OUTPUT_READ], actor=who.person)
    seen = [
        (entry.body.get("output"), entry.body.get("round")) for entry in entries if entry.body is not None
    ]
    return frozenset((str(output), number) for output, number in seen if isinstance(number, int))


def _theirs(waiting: Iterable[WaitingRecord], who: Who, policies: Policies) -> Iterator[WaitingRecord]:
    """What this checker may look at. It is asked once of outputs that are alike in all that decides it."""
    answers: dict[tuple[object, ...], bool] = {}
    for one in waiting:
        output = one.output
        alike = (output.project, output.asked_by, one.parties)
        if alike not in answers:
            thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=one.parties)
            answers[alike] = (
                policies.policy(output.project) is not None and may(who, Act.READ_REVIEW, thing).allowed
            )
        if answers[alike]:
            yield one


def _summaries(found: list[WaitingRecord], reading: Reading, desk: ServiceDesk) -> Mapping[str, Summary]:
    query_of: dict[str, QueryId] = {one.output.report_hash: one.query.id for one in found}

    def reports(hashes: list[str]) -> Mapping[str, bytes]:
        kept = reading.reports(query_of[one] for one in hashes)
        return {one: kept[query_of[one]] for one in hashes}

    return desk.summaries.of(query_of, reports)


def _row(one: WaitingRecord, summary: Summary, who: Who, policies: Policies, seen: Opened) -> QueueRow:
    output, house = one.output, policies.house
    votes = present(output, one.reviews)
    lapses = house.reviewing.claim_lapses_after_hours
    waited = awaited(output, one.reviews, one.claims, now=who.now, lapses_after_hours=lapses)
    looks = summary.looks + summary.incomplete + (output.round > 1)
    return QueueRow(
        output=output.id,
        project=output.project,
        project_title=policies.in_force[output.project].project.title,
        name=output.name,
        why=output.why,
        state=output.state,
        risk=risk_of(output.state, summary.verdict, looks),
        looks=looks,
        reasons=one.query.route_reasons,
        cells=summary.cells,
        hidden_percent=summary.hidden_percent,
        votes=len(votes),
        needed=output.k,
        voted=any(vote.reviewer == who.person for vote in votes),
        claimed=bool(waited - {who.person}),
        round=output.round,
        asked_at=output.asked_at,
        due_on=due_on(
            day_there(output.asked_at, house.time_zone),
            working_days=house.reviewing.target_working_days,
            holidays=house.reviewing.bank_holidays,
        ),
        etag=etag_of(output),
        hashes=hashes_of(output, policy=policies.content_hash),
        opened=(output.id, output.round) in seen,
    )
