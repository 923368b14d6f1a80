"""Whether the database still is what its log says: for those who may read it. The public files have their own verifier.

- The leaves are those that were signed, and each is opened by what is kept beside it, or its erasure is recorded.
- Every query, output, basket, consent, agreement and webhook, to the last field, is what the last entry about it left;
  none is there without one.
- What was shown to whom is what the entries tell; of what waits for checkers none is missing.

Limit: remembered answers to repeated requests, progress, heartbeats, what waits to be delivered and what became of
tries change without a leaf that tells of them. So do the rows of sign-in sessions and access tokens, which go when they
are over; letters that wait, and what became of them; and the texts that people keep for themselves.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from enclave.audit import Checkpoint, Kind, leaves
from enclave.audit.leaves import ACTOR, AT, BODY, ERASED, OBJECTS, SALT_BYTES, commitment, public_time
from enclave.audit.tiles import Edge
from enclave.audit.tree import leaf_hash
from enclave.store.agreement_tables import AGREEMENTS
from enclave.store.consent_tables import CONSENTS
from enclave.store.database import connect, is_busy, reading
from enclave.store.fingerprints import fingerprint
from enclave.store.hook_tables import EVENTS, HOOK_EVENTS, HOOKS
from enclave.store.ledger_tables import CLOCK
from enclave.store.ledger_telling import LedgerTold
from enclave.store.reach_telling import ReachTold
from enclave.store.reading import StoreReading, compound_counter
from enclave.store.rights_tables import CASES, CORRECTIONS, EXCLUSIONS, LOOKUPS
from enclave.store.saved_tables import KEPT_TEXTS, SAVED
from enclave.store.tables import COUNTERS, INSIDE, LEAVES, OUTPUTS, QUERIES, SALTS, THINGS
from enclave.store.workflow_tables import REQUESTS
from enclave.terms import ProjectId

ROWS_AT_ONCE = 1_000
MOST_FINDINGS = 100
NUMBERED = (QUERIES, OUTPUTS, HOOKS, REQUESTS, CASES, CONSENTS, AGREEMENTS)
LOOSE = {EVENTS, CLOCK, KEPT_TEXTS}
PASSING = {
    "an event that waits for a webhook": (HOOK_EVENTS, EVENTS),
    "a text that somebody keeps": (SAVED, KEPT_TEXTS),
}
COMPOUND = compound_counter(ProjectId(""))
Row = Mapping[Any, Any]
Salts = Mapping[tuple[str, bytes], bytes]


@dataclass(slots=True)
class Checked:
    """What was found: the database is good if `findings` is empty."""

    entries: int = 0
    erased: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, finding: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


@dataclass(slots=True)
class _Told:
    """What the entries tell, one after the other.

    Attributes:
        prints: the fingerprint that the last entry about a thing left.
        lost: things whose last entry was erased, so that its fingerprint is not known until the next one.
        mentions: which entry touched which thing.
        erased, told_erased: which entries have no body, and of which another entry tells that it was erased.
        touched: which things an entry touched by the index, for those that can no longer say it themselves.
    """

    touched: Mapping[int, set[str]]
    ledger: LedgerTold = field(default_factory=LedgerTold)
    reach: ReachTold = field(default_factory=ReachTold)
    prints: dict[str, object] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    mentions: set[tuple[str, int]] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)
    told_erased: set[int] = field(default_factory=set)


def check_database_at(url: str, signed: Checkpoint) -> Checked:
    """`check_database` for the database at `url`, which is there."""
    engine = connect(url)
    try:
        return check_database(engine, signed)
    finally:
        engine.dispose()


def check_database(engine: Engine, signed: Checkpoint) -> Checked:
    """Check everything that the log tells of against the database. `signed` is a checkpoint that somebody verified."""
    checked = Checked()
    with reading(engine) as connection, _readable("the record", checked):
        told = _Told(_touched(connection))
        _check_entries(connection, signed, told, checked)
        _check_things(connection, told, checked)
        _check_index(connection, told, checked)
        _check_ledger(connection, told, checked)
        checked.erased = len(told.erased)
        for seq in sorted(told.erased - told.told_erased):
            checked.add(f"entry {seq}: its body is gone, and no entry tells that it was erased")
    return checked


@contextmanager
def _readable(what: str, checked: Checked) -> Iterator[None]:
    """Whoever can write to the database can write nonsense too: that is a finding, and no reason to stop."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, SQLAlchemyError) as error:
        if is_busy(error):
            raise
        checked.add(f"{what} cannot be read as what it has to be ({type(error).__name__})")


def _touched(connection: Connection) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = {}
    for thing, seq in connection.execute(select(THINGS)):
        found.setdefault(seq, set()).add(thing)
    return found


def _check_entries(connection: Connection, signed: Checkpoint, told: _Told, checked: Checked) -> None:
    salts = {(name, bytes(digest)): bytes(salt) for name, digest, salt in connection.execute(select(SALTS))}
    edge = Edge()
    for seq, row in enumerate(_rows(connection)):
        if row["seq"] != seq:
            checked.add(f"entry {seq}: it is missing")
            break
        for _ in edge.add(leaf_hash(bytes(row["leaf"]))):
            pass
        if edge.size == signed.size and edge.root() != signed.root:
            checked.add(f"the first {edge.size} entries are not those that were signed")
        for wrong in _faults(row, salts, told):
            checked.add(f"entry {seq}: {wrong}")
    checked.entries = edge.size
    if edge.size < signed.size:
        checked.add(f"{signed.size} entries were signed, and there are {edge.size}")


def _rows(connection: Connection) -> Iterator[Row]:
    wanted = select(LEAVES, *(column for column in INSIDE.c if column.name != "seq"))
    wanted = wanted.outerjoin_from(LEAVES, INSIDE, LEAVES.c.seq == INSIDE.c.seq).order_by(LEAVES.c.seq)
    yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted).mappings()


def _faults(row: Row, salts: Salts, told: _Told) -> Iterator[str]:
    """What is wrong with an entry, and into `told` what it tells."""
    leaf = _read(bytes(row["leaf"]))
    if leaf is None or row["kind"] is None:
        yield "its leaf cannot be read, or nothing is kept beside it"
        return
    public = {
        "seq": row["seq"],
        "type": row["kind"],
        "project": row["project"],
        "time": public_time(row["at"]),
    }
    if any(leaf.get(name) != value for name, value in public.items()):
        yield "what is kept beside its leaf says otherwise"
    if row["body"] is None:
        told.erased.add(row["seq"])
        told.lost |= told.touched.get(row["seq"], set())
        return
    body = _read(row["body"].encode())
    if body is None or _opened(BODY, row["body"].encode(), row["body_salt"]) != leaf["commitments"].get(BODY):
        yield "its body is not what it committed to"
        return
    if not _at(body, row["at"]):
        yield "its time is not that of its body"
    yield from _unopened(row, leaf, body, salts)
    yield from _tell(row, body, told)


def _unopened(row: Row, leaf: Row, body: Row, salts: Salts) -> Iterator[str]:
    """Commitments of an entry that what is kept does not open."""
    actor = row["actor"]
    digest = None if actor is None else hashlib.sha256(actor.encode()).digest()
    if leaf["actor"] != (None if digest is None else _committed(ACTOR, digest, salts)):
        yield "its actor is not who it committed to"
    objects = body.get(OBJECTS, {})
    committed = {name: value for name, value in leaf["commitments"].items() if name != BODY}
    if committed != {name: _committed(name, bytes.fromhex(found), salts) for name, found in objects.items()}:
        yield "it committed to other things, or a salt was changed"


def _tell(row: Row, body: Row, told: _Told) -> Iterator[str]:
    for thing, (before, after) in body.get(leaves.THINGS, {}).items():
        if thing not in told.lost and before != told.prints.get(thing):
            yield f"before it, {thing} was changed by no entry"
        told.lost.discard(thing)
        told.prints[thing] = after
        told.mentions.add((thing, row["seq"]))
    told.ledger.read(body)
    told.reach.read(body)
    if row["kind"] == Kind.RECORD_ERASED:
        told.told_erased.update(body.get(ERASED, ()))


def _check_things(connection: Connection, told: _Told, checked: Checked) -> None:
    kept = StoreReading(connection)
    there = {id for table in NUMBERED for id in connection.scalars(select(table.c.id))}
    for thing in sorted(there - told.prints.keys()):
        checked.add(f"{thing}: no entry tells of it")
    for thing, found in told.prints.items():
        with _readable(thing, checked):
            if thing not in told.lost and fingerprint(kept, thing) != found:
                checked.add(f"{thing}: it is not as the last entry about it left it")


def _check_index(connection: Connection, told: _Told, checked: Checked) -> None:
    """What is kept only to find things: which entries are about what, and the numbers that were given."""
    last = {row.name: row.last for row in connection.execute(select(COUNTERS))}
    given = {name: number for name, number in last.items() if not _is_loose(name)}
    there = {table.name: _count(connection, table) for table in (*NUMBERED, LOOKUPS, EXCLUSIONS, CORRECTIONS)}
    for what, (table, counter) in PASSING.items():
        numbers = [int(id[2:]) for id in connection.scalars(select(table.c.id))]
        if max(numbers, default=0) > last.get(counter, 0):
            checked.add(f"{what} has a number that was not given")
    if given != {name: count for name, count in there.items() if count}:
        checked.add(f"the last numbers given are {given}, and there are {there}")
    if _count(connection, INSIDE) != checked.entries:
        checked.add("there are entries without a leaf")
    index = {(thing, seq) for thing, seq in connection.execute(select(THINGS)) if seq not in told.erased}
    for thing, seq in sorted(index ^ told.mentions):
        checked.add(f"{thing}: the index of entries is wrong about entry {seq}")


def _check_ledger(connection: Connection, told: _Told, checked: Checked) -> None:
    with _readable("the ledger", checked):
        for fault in told.ledger.faults(connection, erased=bool(told.erased)):
            checked.add(fault)
    with _readable("what queries reached", checked):
        for fault in told.reach.faults(connection):
            checked.add(fault)


def _is_loose(counter: str) -> bool:
    """Counters of what is not kept for ever, so that they cannot be compared with what is there."""
    return counter in LOOSE or counter.startswith(COMPOUND)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _read(spelled: bytes) -> Row | None:
    try:
        found = json.loads(spelled)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _at(body: Row, at: datetime) -> bool:
    return bool(body.get(AT) == at.isoformat())


def _opened(name: str, content: bytes, salt: bytes | None) -> str | None:
    if salt is None or len(salt) != SALT_BYTES:
        return None
    return commitment(name, hashlib.sha256(content).digest(), bytes(salt))


def _committed(name: str, digest: bytes, salts: Salts) -> str | None:
    salt = salts.get((name, digest))
    return None if salt is None or len(salt) != SALT_BYTES else commitment(name, digest, salt)
