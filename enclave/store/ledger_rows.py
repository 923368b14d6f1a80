"""Numbers as rows, and rows as numbers. Texts that many rows share are read once."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, Likeness, units_of
from enclave.disclosure.ledger.runs import BINS, histogram
from enclave.outputs.ledger import (
    Judged,
    LabelsKey,
    NewNumbers,
    NumbersState,
    Recorded,
    RecordedPart,
    Reservation,
)
from enclave.outputs.records import QueryId
from enclave.store.ledger_seal import NAME_BYTES, LabelsSeal
from enclave.store.ledger_tables import NUMBERS, POPULATIONS, RESERVATIONS
from enclave.store.ledger_telling import digest_of
from enclave.store.made import Made
from enclave.terms import ProjectId

NAMES_AT_ONCE: Final = 500
"""Of one IN list."""
_VALUES: Final = b" values"
"""Sealed with the digest, so that values and sketches cannot be taken for one another."""
COLUMNS: Final = tuple(
    RESERVATIONS.c[name]
    for name in (
        "id",
        "seq",
        "project",
        "query_id",
        "data_version",
        "state",
        "judged_seq",
        "judged_projects",
    )
)
"""What is read of a reservation without its numbers."""
IN_ORDER: Final = select(*COLUMNS).order_by(RESERVATIONS.c.seq)
OF_QUERY: Final = Made(IN_ORDER.where(RESERVATIONS.c.query_id == bindparam("query_id")))
AFTER: Final = Made(
    IN_ORDER.where(RESERVATIONS.c.seq > bindparam("seq"), RESERVATIONS.c.state != NumbersState.FREED)
)
CHANGED: Final = Made(IN_ORDER.where(RESERVATIONS.c.changed > bindparam("since")))
SEALED: Final = Made(
    select(RESERVATIONS.c.sketches, RESERVATIONS.c.told, RESERVATIONS.c.digest).where(
        RESERVATIONS.c.id == bindparam("id")
    )
)
NUMBERS_OF: Final = Made(
    select(*(column for column in NUMBERS.c if column.name not in ("reservation", "place")))
    .where(NUMBERS.c.reservation == bindparam("reservation"))
    .order_by(NUMBERS.c.place)
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class NumberRows:
    """The rows of new numbers, made before the transaction that writes them: sealing takes time."""

    numbers: Sequence[Row]
    populations: Sequence[Row]
    digest: bytes
    sketches: bytes
    values: bytes


def rows_of(new: NewNumbers, seal: LabelsSeal) -> NumberRows:
    """The rows of new numbers, but for the reservation that they will be of."""
    populations: dict[LabelsKey, bytes] = {}
    seen: dict[int, LabelsKey] = {}  # one array is often that of several numbers

    def kept(labels: Labels) -> LabelsKey:
        found = seen.get(id(labels))
        if found is None:
            found = seen[id(labels)] = seal.name(labels)
            if found not in populations:
                populations[found] = seal.seal(labels, found)
        return found

    numbers, sketches = [], []
    for place, number in enumerate(new.numbers):
        units = units_of(number.population.labels)
        numbers.append(_row(place, number, len(units), kept))
        sketches.append(histogram(units).tobytes())
    sealed = [{"name": name, "sealed": content} for name, content in populations.items()]
    hashes = {bytes(name): hashlib.sha256(content).digest() for name, content in populations.items()}
    digest = digest_of(numbers, hashes)
    values = [[number.lasting.hex(), number.value, number.shares] for number in new.numbers]
    return NumberRows(
        numbers,
        sealed,
        digest,
        seal.seal_sketches(b"".join(sketches), digest),
        sealed_values(values, digest, seal),
    )


def sealed_values(values: Sequence[Sequence[str]], digest: bytes, seal: LabelsSeal) -> bytes:
    """Of each number as what it lasts, what was shown of it, and what those add who add most to it."""
    return seal.seal_sketches(_text(values).encode(), digest + _VALUES)


def opened_values(sealed: bytes, digest: bytes, seal: LabelsSeal) -> list[list[str]]:
    """What was sealed of the numbers with this digest, the last of the three left out before there was any.

    Raises:
        LedgerUnreadable: the secret is another, or the bytes are not as they were written.
    """
    found: list[list[str]] = json.loads(seal.open_sketches(sealed, digest + _VALUES) or b"[]")
    return found


def _row(place: int, number: LedgerNumber, units: int, kept: Callable[[Labels], LabelsKey]) -> Row:
    population = number.population
    clusters = sorted(number.clusters.items(), key=lambda item: item[0])
    return {
        "place": place,
        "identity": number.identity,
        "statistic": number.likeness.statistic,
        "censuses": number.likeness.censuses,
        "kinds": _kinds_text(number.kinds),
        "units": units,
        "clusters": _text([[name, sorted(part.parts)] for name, part in clusters]),
        "parts": b"".join(kept(part.labels) + kept(part.visible) for _, part in clusters),
        "years": _words_text(number.years),
        "tables": _words_text(number.tables),
        "hidden": _hidden_text(population.hidden),
        "labels": kept(population.labels),
        "visible": kept(population.visible),
        "flagged": number.flagged,
        "rows_only": population.rows_only,
    }


def read_reservations(connection: Connection, *where: Any) -> list[Reservation]:
    """Reservations without their numbers, in order."""
    return [
        _reservation(**row)
        for row in connection.execute(select(*COLUMNS).where(*where).order_by(RESERVATIONS.c.seq)).mappings()
    ]


def reservations_of(connection: Connection, query_id: QueryId) -> Sequence[Reservation]:
    """All that ever was reserved for a query, without numbers, in order."""
    return OF_QUERY.records(_reservation, connection, query_id=query_id)


def reservations_after(connection: Connection, seq: int) -> Sequence[Reservation]:
    """All that came after that time of the ledger's clock and is not freed, without numbers, in order."""
    return AFTER.records(_reservation, connection, seq=seq)


def reservations_changed(connection: Connection, since: int) -> Sequence[Reservation]:
    """All that changed after that time of the ledger's clock, without numbers, in order."""
    return CHANGED.records(_reservation, connection, since=since)


def _reservation(
    *, judged_seq: int, judged_projects: Iterable[str], project: str, **rest: Any
) -> Reservation:
    judged = Judged(judged_seq, frozenset(map(ProjectId, judged_projects)))
    return Reservation(project=ProjectId(project), judged=judged, **rest)


def read_numbers(connection: Connection, reservation: int, seal: LabelsSeal) -> tuple[Recorded, ...]:
    """The numbers of one reservation, in the order in which they were given."""
    ((sketches, sealed, digest),) = SEALED.all(connection, id=reservation)
    bins = seal.open_sketches(bytes(sketches), bytes(digest))
    values = opened_values(bytes(sealed), bytes(digest), seal)
    found = NUMBERS_OF.all(connection, reservation=reservation)
    return tuple(
        _recorded(
            row, bins[place * BINS : (place + 1) * BINS] or None, *(values[place] if values else ("", ""))
        )
        for place, row in enumerate(found)
    )


def _recorded(row: Any, bins: bytes | None, lasting: str, value: str, shares: str = "") -> Recorded:
    (
        identity,
        statistic,
        censuses,
        kinds,
        units,
        clusters,
        parts,
        years,
        tables,
        hidden,
        labels,
        visible,
        flagged,
        rows_only,
    ) = row
    return Recorded(
        identity=bytes(identity),
        likeness=_likeness(statistic, censuses),
        kinds=_kinds(kinds),
        units=units,
        clusters=_clusters(clusters, bytes(parts)),
        years=_words(years),
        tables=_words(tables),
        hidden=_hidden(hidden),
        labels=LabelsKey(bytes(labels)),
        visible=LabelsKey(bytes(visible)),
        bins=bins,
        flagged=flagged,
        lasting=bytes.fromhex(lasting),
        value=value,
        rows_only=rows_only,
        shares=shares,
    )


def read_labels(
    connection: Connection, names: Iterable[LabelsKey], seal: LabelsSeal
) -> Mapping[LabelsKey, Labels]:
    """The populations of these names. One that is not there is a broken promise."""
    wanted = list(dict.fromkeys(names))
    found: dict[LabelsKey, Labels] = {}
    for start in range(0, len(wanted), NAMES_AT_ONCE):
        some = wanted[start : start + NAMES_AT_ONCE]
        rows = connection.execute(select(POPULATIONS).where(POPULATIONS.c.name.in_(some)))
        for name, sealed in rows:
            key = LabelsKey(bytes(name))
            found[key] = seal.open(bytes(sealed), key)
    assert len(found) == len(wanted), "a population of the ledger is missing"
    return found


@lru_cache(maxsize=4096)
def _likeness(statistic: str, censuses: str) -> Likeness:
    return Likeness(statistic, censuses)


@lru_cache(maxsize=4096)
def _kinds(text: str) -> tuple[Kind, ...]:
    return tuple(Kind(name, fixed) for name, fixed in json.loads(text))


@lru_cache(maxsize=65_536)
def _touched(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((name, frozenset(parts)) for name, parts in json.loads(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=4096)
def _hidden(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _clusters(text: str, parts: bytes) -> Mapping[str, RecordedPart]:
    names = [LabelsKey(parts[start : start + NAME_BYTES]) for start in range(0, len(parts), NAME_BYTES)]
    return {
        cluster: RecordedPart(labels, visible, touched)
        for (cluster, touched), labels, visible in zip(_touched(text), names[::2], names[1::2], strict=True)
    }


@lru_cache(maxsize=4096)
def _kinds_text(kinds: tuple[Kind, ...]) -> str:
    return _text([[kind.name, kind.fixed] for kind in kinds])


@lru_cache(maxsize=4096)
def _hidden_text(hidden: frozenset[str]) -> str:
    return _text(sorted(hidden))


@lru_cache(maxsize=4096)
def _words_text(words: tuple[str, ...]) -> str:
    return _text(words)


def _text(thing: object) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
