"""What queries reached, in the database."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update

from enclave.catalogue.model import YearForm
from enclave.outputs.records import QueryId
from enclave.outputs.states import EVER_RELEASED
from enclave.store.database import reading
from enclave.store.made import NEW, Made, written
from enclave.store.reach_tables import REACH_DEFINITIONS, REACH_USES
from enclave.store.tables import OUTPUTS
from enclave.terms import FieldRef, ProjectId
from enclave.transparency.reach import Definition, DefinitionName, KeptUse, Looked, NewUse

T = TypeVar("T")
MOST_AT_ONCE = 500
USES_OF = Made(
    select(REACH_USES.c.definition, REACH_USES.c.project, REACH_USES.c.fields)
    .where(REACH_USES.c.query_id == bindparam("query_id"))
    .order_by(REACH_USES.c.id)
)
DEFINITION_ID = Made(select(REACH_DEFINITIONS.c.id).where(REACH_DEFINITIONS.c.name == bindparam("name")))


class Write(Protocol):
    def __call__(self, work: Callable[[Connection], T], /) -> T: ...


class StoreReach:
    """The part of an open store that is about whose records were reached."""

    def __init__(self, engine: Engine, *, write: Write) -> None:
        self._engine = engine
        self._write = write

    def reads(self, use: NewUse) -> int:
        """Keep that a leaf is about to be run. Without an entry: the start of the query has its own."""
        return self._write(lambda connection: _keep(connection, use))

    def shown(self, uses: Iterable[int]) -> None:
        """What these came to was shown to somebody who asks without a server."""
        numbers = list(uses)
        if numbers:
            self._write(lambda connection: _show(connection, numbers))

    def versions(self) -> tuple[str, ...]:
        """The data versions of which anything was ever asked."""
        with reading(self._engine) as connection:
            found = connection.scalars(select(REACH_DEFINITIONS.c.data_version).distinct())
            return tuple(sorted(found))

    def names(self, version: str) -> frozenset[DefinitionName]:
        """All definitions of a data version."""
        of_version = REACH_DEFINITIONS.c.data_version == version
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(select(REACH_DEFINITIONS.c.name).where(of_version)))

    def definition(self, name: DefinitionName) -> Definition:
        with reading(self._engine) as connection:
            row = connection.execute(select(REACH_DEFINITIONS).where(REACH_DEFINITIONS.c.name == name)).one()
        return _definition(row)

    def uses_of(self, names: Iterable[DefinitionName]) -> tuple[KeptUse, ...]:
        """Every use of these definitions, in the order in which they were kept."""
        wanted = list(names)
        found: list[KeptUse] = []
        with reading(self._engine) as connection:
            ids: dict[int, DefinitionName] = {}
            for part in _parts(wanted):
                columns = select(REACH_DEFINITIONS.c.id, REACH_DEFINITIONS.c.name)
                ids |= _by_id(connection.execute(columns.where(REACH_DEFINITIONS.c.name.in_(part))))
            for some in _parts(list(ids)):
                found += _uses(connection, ids, REACH_USES.c.definition.in_(some))
        return tuple(sorted(found, key=lambda use: use.id))

    def uses(self, project: ProjectId) -> tuple[KeptUse, ...]:
        """Every use of one project, in the order in which they were kept."""
        with reading(self._engine) as connection:
            mine = select(REACH_USES.c.definition).where(REACH_USES.c.project == project)
            columns = select(REACH_DEFINITIONS.c.id, REACH_DEFINITIONS.c.name)
            ids = _by_id(connection.execute(columns.where(REACH_DEFINITIONS.c.id.in_(mine))))
            return tuple(_uses(connection, ids, REACH_USES.c.project == project))

    def used_before(
        self, at: datetime, *, since: datetime | None = None
    ) -> tuple[tuple[ProjectId, DefinitionName], ...]:
        """Which projects used which definitions before an instant, and not before another."""
        joined = REACH_USES.join(REACH_DEFINITIONS, REACH_USES.c.definition == REACH_DEFINITIONS.c.id)
        columns = select(REACH_USES.c.project, REACH_DEFINITIONS.c.name).select_from(joined)
        with reading(self._engine) as connection:
            when = REACH_USES.c.at < at
            when = when if since is None else when & (REACH_USES.c.at >= since)
            rows = connection.execute(columns.where(when).distinct())
            return tuple(sorted((ProjectId(project), DefinitionName(name)) for project, name in rows))

    def projects(self) -> tuple[ProjectId, ...]:
        """Every project of which anything ran."""
        with reading(self._engine) as connection:
            return tuple(sorted(connection.scalars(select(REACH_USES.c.project).distinct())))


def _by_id(rows: Iterable[Any]) -> dict[int, DefinitionName]:
    return {id: DefinitionName(name) for id, name in rows}


def reach_again(connection: Connection, query: QueryId, *, of: QueryId, at: datetime) -> None:
    """Keep for a query what is kept of another one of the same project, as of now."""
    for definition, project, fields in USES_OF.all(connection, query_id=of):
        values = {"definition": definition, "query_id": query, "project": project, "at": at, "fields": fields}
        _new(REACH_USES).scalar(connection, **written(values))


def _keep(connection: Connection, use: NewUse) -> int:
    name = use.definition.name
    id = DEFINITION_ID.scalar(connection, name=name)
    if id is None:
        id = _new(REACH_DEFINITIONS).scalar(connection, **written(_row(use.definition, name)))
    values = {
        "definition": id,
        "query_id": use.query,
        "project": use.project,
        "at": use.at,
        "fields": tuple(str(field) for field in use.fields),
    }
    return int(_new(REACH_USES).scalar(connection, **written(values)))


@cache
def _new(table: Table) -> Made:
    """A row more, of which it gives the id."""
    names = [column.name for column in table.c if column.name not in ("id", "shown")]
    values: dict[str, object] = {name: bindparam(NEW + name) for name in names}
    return Made(insert(table).values(values).returning(table.c.id))


def _show(connection: Connection, numbers: list[int]) -> None:
    for part in _parts(numbers):
        connection.execute(update(REACH_USES).where(REACH_USES.c.id.in_(part)).values(shown=True))


def _row(definition: Definition, name: DefinitionName) -> dict[str, object]:
    about = {
        "sql": definition.sql,
        "shape": definition.shape,
        "reads": [list(pair) for pair in definition.reads],
        "years": [[column, form.value] for column, form in definition.years],
        "inputs": [[name, len(content)] for name, content in definition.inputs],
        "looked": [[one.table, one.sql, [list(pair) for pair in one.reads]] for one in definition.looked],
    }
    return {
        "name": name,
        "data_version": definition.data_version,
        "unit": definition.unit,
        "statement": about,
        "inputs": b"".join(content for _, content in definition.inputs),
    }


def _definition(row: Any) -> Definition:
    about, content, inputs, start = row.statement, row.inputs, [], 0
    for name, length in about["inputs"]:
        inputs.append((name, content[start : start + length]))
        start += length
    return Definition(
        data_version=row.data_version,
        unit=row.unit,
        sql=about["sql"],
        shape=about["shape"],
        reads=tuple((relation, column) for relation, column in about["reads"]),
        years=tuple((column, YearForm(form)) for column, form in about["years"]),
        inputs=tuple(inputs),
        looked=tuple(
            Looked(table, sql, tuple((relation, column) for relation, column in reads))
            for table, sql, reads in about.get("looked", ())
        ),
    )


def _uses(connection: Connection, ids: dict[int, DefinitionName], where: Any) -> Iterator[KeptUse]:
    released = (
        select(OUTPUTS.c.query_id).where(OUTPUTS.c.state.in_(list(EVER_RELEASED))).distinct().subquery()
    )
    columns = select(
        REACH_USES.c.id,
        REACH_USES.c.definition,
        REACH_USES.c.query_id,
        REACH_USES.c.project,
        REACH_USES.c.at,
        REACH_USES.c.fields,
        REACH_USES.c.shown,
        released.c.query_id.is_not(None).label("released"),
    ).select_from(REACH_USES.outerjoin(released, REACH_USES.c.query_id == released.c.query_id))
    for id, definition, query, project, at, names, shown, left in connection.execute(
        columns.where(where).order_by(REACH_USES.c.id)
    ):
        yield KeptUse(id, ids[definition], query, project, at, _fields(names), bool(shown or left))


@cache
def _fields(names: tuple[str, ...]) -> tuple[FieldRef, ...]:
    return tuple(FieldRef(*name.split(".", 1)) for name in names)


Item = TypeVar("Item")


def _parts(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), MOST_AT_ONCE):
        yield items[start : start + MOST_AT_ONCE]
