"""A field is retracted: two people say so, nobody can use it from then on, and its bytes leave every file of the home.

It is a command where the home is, with the service stopped: a worker that runs would keep a file open that is gone.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from enclave.actions.check_policy import Policies
from enclave.audit import Entry, Kind
from enclave.audit.entries import Json
from enclave.catalogue import Catalogue
from enclave.catalogue.model import Table
from enclave.loading import loaded_versions, read_secrets
from enclave.loading.emptying import Emptied, empty_years
from enclave.loading.manifest import VersionBroken, manifest_as_written
from enclave.loading.retaining import last_days, retained, years_due
from enclave.loading.retracting import (
    CannotRetract,
    Retraction,
    Rewritten,
    Scanned,
    may_be_retracted,
    retract,
    retracted_fields,
)
from enclave.outputs.agreements import Agreement, Matter
from enclave.outputs.duties import MAY, Duty
from enclave.outputs.keeping import Change
from enclave.projects import Policy, day_there
from enclave.projects.model import TableGrant
from enclave.store import Store
from enclave.terms import FieldRef, PersonId
from enclave.terms.kept import Kept
from enclave.terms.versions import base_of, less, people_less
from enclave.wiring.gateway_lock import nobody_serves
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policies import policies_of
from enclave.wiring.reach import settle_reach
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock

HAS_TERMS: Kept[bool] = Kept(4)
"""Whether any field of a catalogue has a term."""


class Retractions:
    """What is in force, less the fields that were retracted in a home, and those whose term is over."""

    def __init__(self, home: Home, now: Callable[[], datetime]) -> None:
        self._data = home.data
        self._now = now
        self._lock = threading.Lock()
        self._last: tuple[Policies, tuple[FieldRef, ...], Policies] | None = None
        self._due: tuple[object, tuple[FieldRef, ...]] | None = None

    def less(self, policies: Policies) -> Policies:
        retracted = retracted_fields(self._data)
        fields = (*retracted, *(field for field in self._out_of_term(policies) if field not in retracted))
        with self._lock:
            if self._last is None or self._last[0] is not policies or self._last[1] != fields:
                without = policies_without(policies, fields) if fields else policies
                self._last = (policies, fields, _over_what_is_left(without, self._data))
            return self._last[2]

    def _out_of_term(self, policies: Policies) -> tuple[FieldRef, ...]:
        """Nobody can use a field from the day on after its term, whether its bytes have gone yet or not."""
        catalogue = policies.catalogue
        if not HAS_TERMS.of(catalogue, make=lambda: any(retained(catalogue))):
            return ()
        today = day_there(self._now(), policies.house.time_zone)
        known = (policies.catalogue, today, loaded_versions(self._data))
        with self._lock:
            if self._due is None or self._due[0] != known:
                self._due = (known, fields_due(self._data, policies.catalogue, today))
            return self._due[1]


def _over_what_is_left(policies: Policies, home_data: Path) -> Policies:
    """Each project on its data version less the values that went: another version for the ledger."""
    bases = {base_of(policy.project.data_version) for policy in policies.in_force.values()}
    gone = {base: count for base in bases if (count := _values_gone(base, home_data))}
    if not gone:
        return policies
    in_force = {id: _on_what_is_left(policy, gone) for id, policy in policies.in_force.items()}
    return replace(policies, in_force=in_force)


def _values_gone(base: str, home_data: Path) -> int:
    """How many times values were taken out of a version. One that does not open answers nothing, whatever its name."""
    if base not in loaded_versions(home_data):
        return 0
    with suppress(VersionBroken):
        return sum(len(years) for years in manifest_as_written(home_data / base).emptied.values())
    return 0


def _on_what_is_left(policy: Policy, gone: Mapping[str, int]) -> Policy:
    version = policy.project.data_version
    values = gone.get(base_of(version), 0)
    name = less(version, people=people_less(version), values=values)
    return replace(policy, project=replace(policy.project, data_version=name)) if values else policy


def fields_due(home_data: Path, catalogue: Catalogue, today: date) -> tuple[FieldRef, ...]:
    """Fields whose term is over and of which something is held."""
    return tuple(sorted(field for field, day in last_days(home_data, catalogue).items() if day < today))


def retain(home: Home, *, now: datetime) -> tuple[Retraction | Emptied, ...]:
    """Keep the terms of the catalogue. Safe to repeat.

    Every field whose term is over goes, as if it were retracted, and of the others the values of those years that are
    out. The catalogue says so, and a change of it took two people; so this takes none.

    Raises:
        WrongUse: the home is served.
        CannotRetract: `house.yaml` publishes one in standard margins, or a file still holds one.
    """
    policies = policies_of(home, now=now)
    today = day_there(now, policies.house.time_zone)
    due = fields_due(home.data, policies.catalogue, today)
    years = years_due(home.data, policies.catalogue, today)
    if not due and not years:
        return ()
    with nobody_serves(home), open_records(home, clock=SystemClock()) as store:
        settle_reach(home, store, policies, {*due, *years})
        gone = [_out_of_its_term(field, policies, home, store) for field in due]
        return (*gone, *(let_years_go(field, out, policies, home, store) for field, out in years.items()))


def let_years_go(
    field: FieldRef, years: tuple[str, ...], policies: Policies, home: Home, store: Store
) -> Emptied:
    """Values of a field leave the rows of these years; then the proof is on record.

    Raises:
        CannotRetract: see `retain`.
    """
    _no_margin(policies, field)
    done = empty_years(home.data, field, years, read_secrets(home.keys), home.data / ".loading" / "spill")
    if done.scan.holding:
        raise CannotRetract(
            detail=f"{field} is still held by {', '.join(done.scan.holding[:3])}. Run it again."
        )
    told = {"years": list(years), "retain_years": policies.catalogue.field(field).retain_years}
    entry = Entry(Kind.VALUES_DESTROYED, None, None, {}, {**_proof(field, done.files, done.scan), **told})
    store.write(entry, lambda change: change.forget_sizes(field, years=set(years)))
    return done


def _out_of_its_term(field: FieldRef, policies: Policies, home: Home, store: Store) -> Retraction:
    may_be_retracted(field, policies.catalogue)
    _no_margin(policies, field)
    years = policies.catalogue.field(field).retain_years
    told: dict[str, Json] = {"field": str(field), "retain_years": years}
    return _carried_out(Entry(Kind.FIELD_RETRACTED, None, None, {}, told), field, policies, home, store)


def retract_field(home: Home, field: FieldRef, *, by: PersonId, second: PersonId, reason: str) -> Retraction:
    """Retract a field for good.

    Raises:
        WrongUse: not two people with the roles that it takes, no reason, or the home is served.
        CannotRetract: the data cannot be read without it, or `house.yaml` publishes it in standard margins.
    """
    policies = policies_of(home)
    _two(policies, by, second)
    if not reason.strip():
        raise WrongUse('say why, for the record: --reason "..."')
    may_be_retracted(field, policies.catalogue)
    _no_margin(policies, field)
    with nobody_serves(home), open_records(home, clock=SystemClock()) as store:
        agreed = store.write(
            Entry(Kind.RETRACTION_AGREED, second, None, {}, {"field": str(field)}),
            lambda change: _agreed(change, field, by, second, reason.strip()),
        )
        return _carried_out(_retracted(agreed), field, policies, home, store)


def retract_agreed(home: Home, field: FieldRef) -> Retraction:
    """Carry out a retraction to which two people agreed, signed in.

    Raises:
        WrongUse: nobody asked for it, a second person has not agreed, or the home is served.
        CannotRetract: as `retract_field`.
    """
    policies = policies_of(home)
    may_be_retracted(field, policies.catalogue)
    _no_margin(policies, field)
    with nobody_serves(home), open_records(home, clock=SystemClock()) as store:
        with store.read() as reading:
            asked = reading.agreements(Matter.RETRACTION, about=str(field))
        if not asked:
            raise WrongUse(f"nobody asked that {field} is retracted: --by STEWARD --with SECOND --reason WHY")
        if not asked[-1].agreed:
            raise WrongUse(f"{asked[-1].id} waits: nobody has agreed yet to what {asked[-1].first} asks for")
        return _carried_out(_retracted(asked[-1]), field, policies, home, store)


def _agreed(change: Change, field: FieldRef, by: PersonId, second: PersonId, reason: str) -> Agreement:
    """Both at once. The database refuses one person in two parts."""
    id = change.new_agreement_id()
    change.add_agreement(Agreement(id, Matter.RETRACTION, str(field), reason, by, change.at))
    change.agree(id, by=second, at=change.at)
    found = change.agreement(id)
    assert found is not None, "it was just added"
    return found


def _retracted(agreed: Agreement) -> Entry:
    told: dict[str, Json] = {
        "field": agreed.about,
        "reason": agreed.reason,
        "second": agreed.second,
        "agreement": agreed.id,
    }
    return Entry(Kind.FIELD_RETRACTED, agreed.first, None, {}, told)


def _carried_out(entry: Entry, field: FieldRef, policies: Policies, home: Home, store: Store) -> Retraction:
    """Whom it reached first, and on record; then the bytes; then the proof, on record too."""
    settle_reach(home, store, policies, {field})
    store.write(entry, _nothing_more)
    done = retract(home.data, field, read_secrets(home.keys), home.data / ".loading" / "spill")
    if done.scan.holding:
        raise CannotRetract(
            detail=f"{field} is still held by {', '.join(done.scan.holding[:3])}. Run it again."
        )
    proof = _proof(field, done.files, done.scan)
    store.write(Entry(Kind.FIELD_DESTROYED, None, None, {}, proof), lambda change: change.forget_sizes(field))
    return done


def _proof(field: FieldRef, files: tuple[Rewritten, ...], found: Scanned) -> dict[str, Json]:
    return {
        "field": str(field),
        "files": [[name, before, after] for name, before, after in files],
        "scanned_files": found.files,
        "scanned_bytes": found.bytes,
        "holding": 0,
    }


def policies_without(policies: Policies, fields: tuple[FieldRef, ...]) -> Policies:
    """The same policies where the catalogue never had the fields, and nobody was granted one."""
    in_force = {
        id: replace(policy, grants={name: _grant(grant, fields) for name, grant in policy.grants.items()})
        for id, policy in policies.in_force.items()
    }
    return replace(policies, catalogue=catalogue_without(policies.catalogue, fields), in_force=in_force)


def catalogue_without(catalogue: Catalogue, fields: tuple[FieldRef, ...]) -> Catalogue:
    gone: dict[str, set[str]] = {}
    for field in fields:
        gone.setdefault(field.table, set()).add(field.field)
    tables = {
        name: _table(table, gone[name]) if name in gone else table for name, table in catalogue.tables.items()
    }
    aliases = {
        alias: kept
        for alias, refs in catalogue.alias_index.items()
        if (kept := tuple(ref for ref in refs if ref not in fields))
    }
    return replace(catalogue, tables=tables, alias_index=aliases)


def _table(table: Table, gone: set[str]) -> Table:
    """A table without some fields, and without what the catalogue says by means of them."""
    left = {
        name: replace(
            field,
            instead=None if field.instead and gone & set(field.instead.fields) else field.instead,
            ascribed=None if field.ascribed and field.ascribed.by in gone else field.ascribed,
        )
        for name, field in table.fields.items()
        if name not in gone
    }
    dependencies = tuple(one for one in table.dependencies if not gone & {*one.determining, *one.determined})
    implications = tuple(one for one in table.implications if not gone & {one.field, one.then_field})
    main = table.main_census
    return replace(
        table,
        fields=left,
        dependencies=dependencies,
        implications=implications,
        main_census=None if main is not None and gone & set(main) else main,
    )


def _grant(grant: TableGrant, fields: tuple[FieldRef, ...]) -> TableGrant:
    gone = {field.field for field in fields if field.table == grant.table}
    rows = (
        None if grant.rows is None else {name: rows for name, rows in grant.rows.items() if name not in gone}
    )
    if grant.rows is not None and rows is not None and len(rows) < len(grant.rows):
        return replace(grant, fields={}, rows=rows)  # its rows were told by the field: nothing of it is left
    return replace(grant, fields={name: one for name, one in grant.fields.items() if name not in gone})


def _two(policies: Policies, by: PersonId, second: PersonId) -> None:
    if by == second:
        raise WrongUse("a retraction takes a second person: --with PERSON")
    for id, duty in ((by, Duty.RETRACT), (second, Duty.CONFIRM_RETRACTION)):
        person = policies.people.get(id)
        if person is None or not person.roles & MAY[duty]:
            raise WrongUse(f"{id} may not {duty}")


def _no_margin(policies: Policies, field: FieldRef) -> None:
    for margins in policies.house.standard_margins:
        named = {*margins.one_per, *(name for by in margins.by for name in by)}
        if margins.table == field.table and field.field in named:
            raise CannotRetract(
                detail=f"house.yaml publishes {field} in its standard margins. Take it out there first."
            )


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
