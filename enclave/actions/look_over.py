"""One output on a checker's screen: all that the review holds, made ready to read, with what stands beside it.

Everything here is about an output that `read_review` let the checker see, and is of its own project: its earlier
versions, the answers that a finding names, and what its project said it needs each field for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import read_table
from enclave.actions.read_outputs import read_review
from enclave.actions.service_desk import ServiceDesk
from enclave.catalogue import Catalogue
from enclave.outputs.checking.checks import Check, checks
from enclave.outputs.checking.justified import JustifiedField, justified
from enclave.outputs.checking.line_changes import Line, alike, as_it_is, changes
from enclave.outputs.checking.release_copy import ReleaseCopy, release_copy
from enclave.outputs.checking.words import Words
from enclave.outputs.keeping import Reading
from enclave.outputs.records import OutputId, OutputRecord, QueryId
from enclave.outputs.review import ReviewView, due_on
from enclave.outputs.states import EVER_RELEASED
from enclave.problems import Refusals
from enclave.projects import day_there
from enclave.query.parse import parse
from enclave.query.resolve import resolve

ALIKE: Final = 0.5
"""A query with fewer lines in common is another question, not an earlier version."""
MOST_COMPARED: Final = 50
APPROVED: Final = EVER_RELEASED


@dataclass(frozen=True, slots=True)
class Earlier:
    """The version that the output is compared with: the last of its kind that was approved."""

    output: OutputId
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Linked:
    """An earlier number that a finding names. `output` is None where nothing came of its query, or it is foreign."""

    words: str
    output: OutputId | None
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One output, as a checker looks at it.

    Attributes:
        lines: the query, against the version before it if there is one.
        fields: those about people, with why they are needed.
        linked: the earlier numbers that findings name.
    """

    review: ReviewView
    due_on: date
    checks: tuple[Check, ...]
    copy: ReleaseCopy
    earlier: Earlier | None
    lines: tuple[Line, ...]
    fields: tuple[JustifiedField, ...]
    linked: tuple[Linked, ...]


def look_over(asker: Asker, id: OutputId, desk: ServiceDesk) -> Overview:
    """One output whole; that the checker looked is on record first.

    Raises:
        NotFound, Forbidden, OwnOutput.
    """
    review = read_review(asker, id, desk)
    policies = desk.policies()
    with desk.records.read() as reading:
        output = reading.output(id)
        assert output is not None, "outputs stay"
        result = reading.seeded_result(output.id) if output.seeded else reading.result(output.query_id)
        assert result is not None, "an output is of a result"
        before = _earlier(output, review.sql, reading)
        linked = tuple(_linked(_witnesses(review.report), reading))
        was = None if before is None else reading.result(before.query_id)
        earlier = None if before is None else _told(before, reading)
    keys = [column.name for column in read_table(result).columns if not column.safe]
    asked_on = day_there(review.asked_at, policies.house.time_zone)
    return Overview(
        review=review,
        due_on=due_on(
            asked_on,
            working_days=policies.house.reviewing.target_working_days,
            holidays=policies.house.reviewing.bank_holidays,
        ),
        checks=checks(review.report, _words(policies.catalogue)),
        copy=release_copy(
            review.table, review.report, keys=keys, earlier=None if was is None else read_table(was).as_json()
        ),
        earlier=earlier,
        lines=as_it_is(review.sql) if earlier is None else changes(earlier.sql, review.sql),
        fields=_fields(review, policies),
        linked=linked,
    )


def _earlier(output: OutputRecord, sql: str, reading: Reading) -> OutputRecord | None:
    """The last approved output of the same name, or else the one whose query is most like this one."""
    found = [
        other
        for other in reading.outputs(projects=[output.project], states=APPROVED, limit=MOST_COMPARED)
        if other.id != output.id and other.query_id != output.query_id
    ]
    named = [other for other in found if output.name and other.name == output.name] or found
    queries = reading.queries_of(other.query_id for other in named)
    likeness = [(alike(queries[other.query_id].sql, sql), other) for other in named]
    best = max(likeness, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] >= ALIKE else None


def _told(output: OutputRecord, reading: Reading) -> Earlier:
    query = reading.query(output.query_id)
    assert query is not None, "an output is of a query"
    return Earlier(output.id, output.name, query.sql)


def _witnesses(report: Mapping[str, Any]) -> Sequence[str]:
    return sorted({word for leaf in report["leaves"] for link in leaf["linked"] for word in link["with"]})


def _linked(words: Iterable[str], reading: Reading) -> Iterable[Linked]:
    for word in words:
        output = reading.output_of(QueryId(word)) if word.startswith("Q-") else None
        if output is None:
            yield Linked(word, None, "", "")
        else:
            yield Linked(word, output.id, output.name, output.state)


def _fields(review: ReviewView, policies: Policies) -> tuple[JustifiedField, ...]:
    """What the query uses. Nothing, when the catalogue no longer knows it: then the output is on hold."""
    policy = policies.policy(review.project)
    if policy is None:
        return ()
    try:
        resolved = resolve(parse(review.sql), policies.catalogue)
    except Refusals:
        return ()
    return justified(resolved.uses.fields, policy, policies.catalogue)


def _words(catalogue: Catalogue) -> Words:
    unit = next(iter(catalogue.units.values()), None)
    cluster = next(iter(catalogue.clusters.values()), None)
    plain = Words()
    return Words(
        plain.unit if unit is None else unit.one,
        plain.units if unit is None else unit.many,
        plain.cluster if cluster is None else cluster.one,
        plain.clusters if cluster is None else cluster.many,
    )
