"""An output is run again, to see that it comes to the same; or it is shown that what it was made of was destroyed.

Nothing of a table is told: only whether its hash is the one that the manifest of the release names. That it was run
again is on record before it is.

It starts from what its query was judged against, which the entry of its end tells: the numbers that were known, and
who had consented. So what was hidden beside them is hidden again, and what was shown again as it was is shown so again.

Limit: of queries from before that was told, and of those whose entry was erased, another table proves nothing.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import intact, keep, said_hash
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import Ledger
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.ledger_past import PastLedger, position_in, run_of
from enclave.actions.plan_query import Question
from enclave.actions.reach_kept import Unkept
from enclave.actions.run_query import Desk, run_query
from enclave.audit import Entry, Kind
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.project import ProjectScratch
from enclave.engines.scratch import Scratch
from enclave.loading import loaded_versions, read_secrets
from enclave.loading.emptying import scan_years
from enclave.loading.retracting import retracted_fields, scan
from enclave.outputs.keeping import Change, Reading
from enclave.outputs.records import EntryRecord, OutputId, OutputRecord, QueryId, QueryRecord, ResultRecord
from enclave.people.consents import Consent
from enclave.problems import Problem, Refusals
from enclave.store import Store
from enclave.terms import FieldRef
from enclave.terms.versions import base_of
from enclave.wiring.consents import ConsentLists
from enclave.wiring.exclusions import exclusions_of
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policies import policies_of, policies_of_version
from enclave.wiring.policy_versions import versions
from enclave.wiring.questions import strong_enough
from enclave.wiring.records import open_records
from enclave.wiring.retractions import policies_without
from enclave.wiring.sources import StoppedClock, SystemClock
from enclave.wiring.store import HomeStore

ANOTHER: Final = "Run again from what was known then, it came to another table."
UNTOLD: Final = (
    "Run again, it came to another table. Where in the ledger its query was judged is not on record, so what others"
    " had been shown before it can be the reason."
)


class Came(StrEnum):
    """What a replay came to."""

    SAME = "same"
    NOT_SAME = "not the same"
    DESTROYED = "destroyed"
    NOT_PROVEN = "not proven"  # it is not there, and nothing shows that it was destroyed as it should be


@dataclass(frozen=True, slots=True)
class Replay:
    """`because`: why, in sentences. `entries`: the numbers of the entries of the record that tell of it."""

    of: str
    came: Came
    because: tuple[str, ...]
    entries: tuple[int, ...] = ()
    table_sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Then:
    """What the query was judged against. `told`: the record says so; else it is nothing at all."""

    told: bool
    ledger: Ledger
    exclusions: int
    consents: tuple[Consent, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    query: QueryRecord
    result: ResultRecord
    output: OutputRecord | None
    about: tuple[EntryRecord, ...]
    fields: frozenset[FieldRef]
    destroyed: tuple[EntryRecord, ...]
    emptied: tuple[EntryRecord, ...]
    then: "_Then"

    @property
    def of(self) -> str:
        return self.query.id if self.output is None else self.output.id


def replay(home: Home, of: str) -> Replay:
    """Run a released output again, or prove that it, its data or a field of it was destroyed.

    Args:
        of: the id of an output or of a query.
    Raises:
        WrongUse: there is none, it was not released, or it has no answer yet.
    """
    with open_records(home, clock=SystemClock()) as store:
        kept = kept_of(of, store)
        if not kept.result.answer:
            return answer_destroyed(kept)
        gone = [entry for entry in kept.destroyed if _field_of(entry) in kept.fields]
        if gone:
            return _fields_destroyed(kept, gone, home)
        if kept.output is None or kept.output.released_at is None:
            raise WrongUse(f"{of} was not released, so there is nothing to run again")
        told = {"output": kept.output.id}
        store.write(Entry(Kind.OUTPUT_REPLAYED, None, kept.query.project, {}, dict(told)), _nothing_more)
        again = _run_again(kept, kept.output, home)
        gone = [entry for entry in kept.emptied if _field_of(entry) in kept.fields]
        return again if again.came is Came.SAME or not gone else _values_destroyed(kept, gone, home)


def kept_of(of: str, store: Store) -> _Kept:
    with store.read() as reading:
        output = reading.output(OutputId(of)) if of.startswith("O-") else None
        query = reading.query(QueryId(of) if output is None else output.query_id)
        result = None if query is None else reading.result(query.id)
        if query is None or result is None:
            raise WrongUse(f"there is no output or query {of} that has an answer")
        output = output or reading.output_of(query.id)
        about, destroyed = reading.entries_about(query.id), _all(Kind.FIELD_DESTROYED, reading)
        emptied = _all(Kind.VALUES_DESTROYED, reading)
        consents = reading.consents()
    uses = store.reach.uses(query.project)
    fields = frozenset(field for use in uses if use.query == query.id for field in use.fields)
    then = _then(query, about, store, consents)
    return _Kept(query, result, output, about, fields, destroyed, emptied, then)


def _then(
    query: QueryRecord, about: tuple[EntryRecord, ...], store: Store, consents: tuple[Consent, ...]
) -> _Then:
    at = query.started_at
    given = () if at is None else tuple(one.as_of(at) for one in consents if one.recorded_at <= at)
    ends = [entry.body for entry in about if entry.kind == Kind.QUERY_FINISHED]
    position = position_in(ends[-1]) if ends else None
    if position is None:
        return _Then(told=False, ledger=MemoryLedger(), exclusions=0, consents=given)
    known = store.ledger.known_at(position.judged, besides=run_of(query.id, ends[-1]))
    ledger = PastLedger(known, store.ledger.labels_of)
    return _Then(told=True, ledger=ledger, exclusions=position.exclusions, consents=given)


def _all(kind: Kind, reading: Reading) -> tuple[EntryRecord, ...]:
    found: list[EntryRecord] = []
    while piece := reading.entries(kinds=[kind], before=found[-1].seq if found else None):
        found += piece
    return tuple(found)


def answer_destroyed(kept: _Kept) -> Replay:
    """The answer was emptied. The entry that tells so names the hash which is still kept of it."""
    for entry in kept.about:
        tables = (entry.body or {}).get("tables") if entry.kind == Kind.DRAFTS_DESTROYED else None
        if isinstance(tables, dict) and tables.get(kept.query.id) == kept.result.table_hash:
            because = (
                f"It was never released; its answer was destroyed when the project was over ({_day(entry)}).",
                "Its bytes are empty; the entry names the hash that they had.",
            )
            return Replay(kept.of, Came.DESTROYED, because, (entry.seq,), kept.result.table_hash)
    unknown = "Its answer is empty, and no entry of the record says that it was destroyed."
    return Replay(kept.of, Came.NOT_PROVEN, (unknown,))


def _fields_destroyed(kept: _Kept, gone: list[EntryRecord], home: Home) -> Replay:
    """Fields that it was asked by means of left every file; each is looked for again."""
    because, still, secrets = [], False, read_secrets(home.keys)
    for entry in gone:
        field = _field_of(entry)
        assert field is not None, "it is one of those that were used"
        found, body = scan(home.data, field, secrets), entry.body or {}
        files = body.get("files")
        count = len(files) if isinstance(files, list) else 0
        still = still or bool(found.holding)
        now = f"these hold it: {', '.join(found.holding[:3])}" if found.holding else "none holds it"
        because.append(
            f"{field} was destroyed ({_day(entry)}): {count} files were rewritten or removed, and of"
            f" {body.get('scanned_files')} that were scanned none held it. Of {found.files} that were scanned just"
            f" now {now}."
        )
    because.append(
        f"Its table {'is kept as it was' if intact(kept.result) else 'is not what it was'}, and cannot be made again."
    )
    came = Came.NOT_PROVEN if still else Came.DESTROYED
    return Replay(kept.of, came, tuple(because), tuple(entry.seq for entry in gone), kept.result.table_hash)


def _values_destroyed(kept: _Kept, gone: list[EntryRecord], home: Home) -> Replay:
    """It came to another table, and values of fields that it was asked by means of have left rows of some years."""
    because, still, secrets = [], False, read_secrets(home.keys)
    for entry in gone:
        field, years = _field_of(entry), (entry.body or {}).get("years")
        assert field is not None, "it is one of those that were used"
        of = tuple(map(str, years)) if isinstance(years, list) else ()
        found = scan_years(home.data, field, of, secrets)
        still = still or bool(found.holding)
        now = f"these hold some: {', '.join(found.holding[:3])}" if found.holding else "none holds one"
        because.append(
            f"Values of {field} in rows of {', '.join(of)} were destroyed ({_day(entry)}), out of their term. Of"
            f" {found.files} files that were scanned just now {now}."
        )
    because.append(
        f"Its table {'is kept as it was' if intact(kept.result) else 'is not what it was'}, and cannot be made again."
    )
    came = Came.NOT_PROVEN if still else Came.DESTROYED
    return Replay(kept.of, came, tuple(because), tuple(entry.seq for entry in gone), kept.result.table_hash)


def _run_again(kept: _Kept, output: OutputRecord, home: Home) -> Replay:
    named = str((output.manifest or {}).get("table_sha256", ""))
    made = partial(Replay, output.id, table_sha256=named)
    if not intact(kept.result) or kept.result.table_hash != named:
        return made(Came.NOT_SAME, ("What is kept of it is not what its manifest names.",))
    policies = _policies_then(kept.query, home)
    if policies is None:
        return made(Came.NOT_PROVEN, ("The version of the policies that it ran under is not kept here.",))
    if base_of(kept.query.data_version) not in loaded_versions(home.data):
        return made(Came.NOT_PROVEN, (f"The data version {kept.query.data_version} is not here.",))
    try:
        same = _hash_now(kept.query, kept.then, policies, home) == said_hash(kept.result)
    except Refusals as refusals:
        codes = sorted({problem.code for problem in refusals.problems})
        return made(Came.NOT_PROVEN, (f"It cannot be run any more: {', '.join(codes)}.",))
    except Problem as problem:
        return made(Came.NOT_PROVEN, (f"It could not be run: {problem.code}.",))
    if same:
        return made(Came.SAME, ("Run again, it came to a table with the hash that its manifest names.",))
    if not kept.then.told:
        return made(Came.NOT_PROVEN, (UNTOLD,))
    return made(Came.NOT_SAME, (ANOTHER,))


def _policies_then(query: QueryRecord, home: Home) -> Policies | None:
    """Those that it ran under, by their hash, over the data that it ran over."""
    assert query.started_at is not None, "it ran"
    found = policies_of(home, now=query.started_at)
    if found.content_hash != query.policy_hash:
        kept = next((one for one in versions(home) if one.content_hash == query.policy_hash), None)
        if kept is None:
            return None
        found = policies_of_version(home, kept, today=query.started_at.date())
    found = policies_without(found, retracted_fields(home.data))
    policy = found.in_force.get(query.project)
    if policy is None:
        return None
    pinned = replace(policy, project=replace(policy.project, data_version=query.data_version))
    return replace(found, in_force={**found.in_force, query.project: pinned})


def _hash_now(query: QueryRecord, then: _Then, policies: Policies, home: Home) -> str:
    """The hash of the table that it comes to now. The table itself goes nowhere.

    Raises:
        Refusals, Problem
    """
    assert query.started_at is not None, "it ran"
    now = StoppedClock(query.started_at).now()
    question = Question(
        query.project, query.person, query.sql, then.exclusions, is_counted=True, wanted=query.wanted
    )
    with _tools(policies, home) as (store, scratch):
        consents = ConsentLists(store, lambda: then.consents, now)
        desk = Desk(
            policies,
            store,
            ProjectScratch(scratch, query.project),
            then.ledger,
            now,
            Books(),
            Unkept(),
            consents,
        )
        return said_hash(keep(query.id, run_query(question, desk)))


@contextmanager
def _tools(policies: Policies, home: Home) -> Iterator[tuple[HomeStore, Scratch]]:
    with ExitStack() as opened:
        engine = opened.enter_context(DuckDBEngine(folder=home.state / "workers"))
        strong_enough(engine, policies)
        exclusions = opened.enter_context(exclusions_of(home))
        store = HomeStore(home.data, policies.catalogue, engine, home.keys, exclusions.keys)
        yield store, Scratch(engine, minimum_level=policies.house.sandbox.minimum_level)


def _field_of(entry: EntryRecord) -> FieldRef | None:
    named = (entry.body or {}).get("field")
    table, dot, field = str(named).partition(".")
    return FieldRef(table, field) if named is not None and dot else None


def _day(entry: EntryRecord) -> str:
    return f"{entry.at.day} {entry.at:%B %Y}"


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
