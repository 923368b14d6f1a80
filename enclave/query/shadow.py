"""A second, unlike reader of every query: DuckDB's own binder, over empty tables that hold only what is granted.

Nothing is ever run here and no row was ever here, so it may live in the gateway's process. It says which tables,
columns and functions DuckDB finds in a text; `disagreements` holds that against what was authorised. Its messages
quote names and suggest others, so only the class of an error and its place leave this module.
"""

import json
import queue
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import duckdb

from enclave.query.bound import Bound, Frames, together
from enclave.query.bound_plans import StrangePlan, around_rows, read_plan
from enclave.query.brackets import spelled_out
from enclave.query.framed import ROWS, Framed
from enclave.query.functions import REVIEWED, Policy
from enclave.query.installed import check_installed
from enclave.query.parse import Parsed
from enclave.query.pivots import MOST_PIVOTED, is_written_out, with_unpivots
from enclave.query.plan_shapes import same_plan, without_places
from enclave.query.plan_types import output_columns, output_types
from enclave.query.recent import Recent
from enclave.query.tokens import Kind, read_words

Columns = Sequence[tuple[str, str]]  # (name, DuckDB type)
_PLAN = "json_serialize_plan(?, skip_null := true, skip_empty := true, skip_default := true)"
_ROW_ID = "rowid"
_CURSORS = 4  # binds at one time; more callers wait
_MOST_KNOWN = 256  # texts of the planner whose reading is kept, and plans of readers' texts
_PATIENCE_SECONDS = 30  # for a cursor; past it something is broken, and the caller gets an exception


class Unbound(StrEnum):
    """Why the binder refused a text. A closed list: the engine's own words stay here."""

    UNREADABLE = "unreadable"
    NAME = "name"
    TYPES = "types"
    FORBIDDEN = "forbidden"
    OTHER = "other"


@dataclass(eq=False)  # not frozen: a raised exception must take a traceback
class ShadowRefused(Exception):
    """The binder does not accept a text. `offset` is a character of that text, when it gave one."""

    reason: Unbound
    offset: int | None = None

    def __str__(self) -> str:
        return self.reason.value


@dataclass(frozen=True, slots=True)
class Understood:
    """What DuckDB makes of a reader's text: whether it means what the tree says; name and type of each column, where
    the plan says them (see `output_columns`)."""

    alike: bool
    columns: tuple[tuple[str | None, str], ...] | None


class Shadow:
    """Empty tables in a locked DuckDB of their own. Several threads may use it: each call has a cursor of its own.

    `plans` keeps what a planner drew with it, by the reader's text: what was read here stays true. `codes` keeps what
    published codes come to under an expression, by the SQL that says so, and `frames` the frames made of them, by plan.
    """

    def __init__(self, tables: Mapping[str, Columns], frames: Frames | None = None) -> None:
        """`frames`: those found by other shadows too."""
        check_installed()  # a DuckDB with other functions than those reviewed reads no query
        self._tables = {
            name.lower(): {column.lower() for column, _ in columns} for name, columns in tables.items()
        }
        self._connection = duckdb.connect(
            ":memory:", config={"threads": 1, "python_enable_replacements": "false"}
        )
        for statement in _LOCKS:
            self._connection.execute(statement)
        for name, columns in tables.items():
            self._connection.execute(_create(name, columns, temporary=False))
        self._idle: queue.LifoQueue[_Reader] = queue.LifoQueue()
        for _ in range(_CURSORS):
            self._idle.put(_Reader(self._connection.cursor()))
        self._connection.execute("SET lock_configuration = true")
        self._known: Recent[object, Bound] = Recent(_MOST_KNOWN)
        self._frames = frames or Frames()
        self.plans: Recent[str, object] = Recent(_MOST_KNOWN)
        self.frames: Recent[object, object] = Recent(_MOST_KNOWN)
        self.codes: Recent[str, tuple[tuple[str | None, object], ...]] = Recent(_MOST_KNOWN)

    def has(self, table: str, column: str) -> bool:
        """Whether the picture has this column."""
        return column.lower() in self._tables.get(table.lower(), ())

    def close(self) -> None:
        """Give the memory back. The shadow answers no more."""
        self._connection.close()

    def bind(self, sql: str, *, extra: Mapping[str, Columns] | None = None) -> Bound:
        """Bind one query, over the tables and those of `extra`, which exist for this call only.

        Raises:
            ShadowRefused: it is not one query, or DuckDB does not accept it.
        """
        _forbid_row_ids(sql)
        return self._bound(sql, extra or {}, None)

    def bind_generated(
        self, sql: str, names: Sequence[str], *, extra: Mapping[str, Columns] | None = None
    ) -> Bound:
        """Bind a text of the planner's own, once: what was found in it holds as long as the shadow does.

        Its names are column ids in quotes, so the row id cannot stand in it. `names` are those of its columns; their
        types are read from the plan, where it says them plainly.

        Raises:
            ShadowRefused: it is not one query, or DuckDB does not accept it.
        """
        tables = extra or {}
        key = _key(sql, names, tables)
        found = self._known.get(key)
        if found is None:
            found = self._bound(sql, tables, names)
            self._known.keep(key, found)
        return found

    def bind_leaf(self, text: Framed, *, extra: Mapping[str, Columns] | None = None) -> Bound:
        """As `bind_generated`. What was found in a frame before, around rows of the same types, is not asked again: the
        rows alone are.

        Raises:
            ShadowRefused: as above.
        """
        tables = extra or {}
        key = _key(text.text, text.names, tables)
        found = self._known.get(key)
        if found is None:
            found = self._in_known_frame(text, tables) or self._with_its_frame(text, tables)
            self._known.keep(key, found)
        return found

    def _bound(self, sql: str, extra: Mapping[str, Columns], names: Sequence[str] | None) -> Bound:
        with self._reader(extra) as reader:
            return reader.bound(sql, reader.plans(sql)[0], names)

    def _in_known_frame(self, text: Framed, tables: Mapping[str, Columns]) -> Bound | None:
        if text.rows is None or not self._frames.know(text):
            return None
        rows = self._bound(text.rows, tables, text.row_names)
        frame = self._frames.around(text, rows.types)
        return None if frame is None else together(rows, frame, text.names)

    def _with_its_frame(self, text: Framed, tables: Mapping[str, Columns]) -> Bound:
        with self._reader(tables) as reader:
            plan = reader.plans(text.text)[0]
            parts = around_rows(plan, ROWS)
            types = None if parts is None else output_types(parts[0])
            if parts is None or types is None or len(types) != len(text.row_names):
                return reader.bound(text.text, plan, text.names)
            rows = reader.bound(text.text, parts[0], text.row_names)
            frame = reader.bound(text.text, parts[1], text.names)
        self._frames.keep(text, types, frame)
        return together(rows, frame, text.names)

    def outputs(self, sql: str) -> tuple[tuple[str, str], ...]:
        """Names and types of the columns of one query which has been bound before."""
        with self._reader({}) as reader:
            return reader.outputs(sql)

    def same_meaning(self, text: str, other: str, *, extra: Mapping[str, Columns] | None = None) -> bool:
        """Whether DuckDB binds two texts to the same plan, names of outputs included.

        Raises:
            ShadowRefused: one of them does not bind.
        """
        with self._reader(extra or {}) as reader:
            serialized = reader.serialized(text, other)
        one, two = (without_places(answer) for answer in serialized)
        plans = [_one_plan(*pair) for pair in zip((text, other), serialized, strict=True) if one != two]
        if not plans:
            _one_plan(text, serialized[0])  # alike, and a plan: two errors can be alike too
        return not plans or same_plan(*plans)

    def reads_alike(self, parsed: Parsed) -> bool:
        """Whether DuckDB takes the reader's text to mean what the tree says, precedence of operators included.

        Raises:
            ShadowRefused: the text or the tree does not bind, with an offset in the reader's text when that is known.
        """
        return self.read(parsed).alike

    def read(self, parsed: Parsed) -> Understood:
        """As `reads_alike`, and what the text's plan says of its columns.

        Raises:
            ShadowRefused: the text or the tree does not bind, with an offset in the reader's text when that is known.
        """
        try:
            if is_written_out(parsed.tree):
                return Understood(self._pivots_alike(parsed), None)
            texts = (parsed.bare, spelled_out(parsed.tree))
            with self._reader({}) as reader:
                serialized = reader.serialized(*texts)
            plan = _one_plan(texts[0], serialized[0])
            same = without_places(serialized[0]) == without_places(serialized[1])
            alike = same or same_plan(plan, _one_plan(texts[1], serialized[1]))
            return Understood(alike, output_columns(plan))
        except RecursionError:
            raise ShadowRefused(Unbound.OTHER) from None

    def _pivots_alike(self, parsed: Parsed) -> bool:
        """As `reads_alike`, where a PIVOT or an UNPIVOT was written out.

        DuckDB writes a PIVOT out itself, with other names inside: its plan must be that of our SELECT but for them. An
        UNPIVOT is held against itself, and names and types of all outputs against those of the tree as it is run.
        """
        texts = (parsed.bare, spelled_out(with_unpivots(parsed.tree)))
        with self._reader({}) as reader:
            plans = reader.plans(*texts)
            written, run = reader.outputs(parsed.bare), reader.outputs(spelled_out(parsed.tree))
        return same_plan(*plans, names=False) and written == run

    @contextmanager
    def _reader(self, extra: Mapping[str, Columns]) -> Iterator["_Reader"]:
        """A cursor that nobody else has now, with the extra tables. They are temporary: no other cursor sees them."""
        clashes = {name for name in extra if name.lower() in self._tables}
        if clashes:
            raise ValueError(f"a table has this name already: {sorted(clashes)}")
        statements = [_create(name, columns, temporary=True) for name, columns in extra.items()]
        reader = self._idle.get(timeout=_PATIENCE_SECONDS)
        try:
            with reader.passing(statements):
                yield reader
        finally:
            self._idle.put(reader)


class _Reader:
    """One cursor of the shadow, with the questions that are asked of it in DuckDB's own form: they are read once."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        cursor.execute("PRAGMA disable_optimizer")  # nothing is run here, so it would only cost time
        self._asked = {count: _asking_for_plans(cursor, count) for count in (1, 2)}

    @contextmanager
    def passing(self, statements: Sequence[str]) -> Iterator[None]:
        """Run these, and undo them at the end."""
        if not statements:
            yield
            return
        self.cursor.begin()
        try:
            for statement in statements:
                self.cursor.execute(statement)
            yield
        finally:
            self.cursor.rollback()

    def plans(self, *texts: str) -> list[object]:
        """The bound plans of one or two texts, each of which is exactly one statement."""
        return [_one_plan(text, answer) for text, answer in zip(texts, self.serialized(*texts), strict=True)]

    def serialized(self, *texts: str) -> list[str]:
        """The plans as DuckDB writes them, or what is wrong with a text."""
        try:
            row = self.cursor.execute(self._asked[len(texts)], list(texts)).fetchone()
        except duckdb.Error:
            raise ShadowRefused(Unbound.OTHER) from None
        if row is None or len(row) != len(texts):
            raise ShadowRefused(Unbound.OTHER)
        return [str(answer) for answer in row]

    def bound(self, sql: str, plan: object, names: Sequence[str] | None) -> Bound:
        """What a plan of the text says, or a part of it: of a part the types of the columns have to stand in the plan.

        Raises:
            ShadowRefused: a plan of a shape that nobody has reviewed.
        """
        try:
            reading = read_plan(plan)
            types = None if names is None else output_types(plan)
        except StrangePlan:
            raise ShadowRefused(Unbound.FORBIDDEN) from None
        if names is None or types is None or len(types) != len(names):
            outputs = self.outputs(sql)
        else:
            outputs = tuple(zip(names, types, strict=True))
        misfits = {("VARCHAR", kind) for text, kind in reading.texts if not self.fits(text, kind)}
        return Bound(
            tables=frozenset(reading.tables),
            functions=frozenset(reading.functions),
            aggregates=frozenset(reading.aggregates),
            operators=frozenset(reading.operators),
            outputs=outputs,
            casts=frozenset(reading.casts),
            misfits=frozenset(misfits),
        )

    def outputs(self, sql: str) -> tuple[tuple[str, str], ...]:
        """Names and types of the columns; the text has been bound as one query before."""
        try:
            rows = self.cursor.execute(f"DESCRIBE {sql}").fetchall()
        except duckdb.Error:
            raise ShadowRefused(Unbound.OTHER) from None
        return tuple((str(row[0]), str(row[1])) for row in rows)

    def fits(self, text: str, kind: str) -> bool:
        """Whether a text of the query is a value of the type that the binder casts it to."""
        if kind == "VARCHAR":  # a text is a text
            return True
        if not _TYPE.match(kind):
            return False
        try:
            row = self.cursor.execute(f"SELECT TRY_CAST(? AS {kind}) IS NOT NULL", [text]).fetchone()
        except duckdb.Error:
            return False
        return row is not None and bool(row[0])


def _key(sql: str, names: Sequence[str], tables: Mapping[str, Columns]) -> object:
    return sql, tuple(names), tuple((name, tuple(columns)) for name, columns in sorted(tables.items()))


def _asking_for_plans(cursor: duckdb.DuckDBPyConnection, count: int) -> duckdb.Statement:
    (statement,) = cursor.extract_statements("SELECT " + ", ".join([_PLAN] * count))
    return statement


def disagreements(
    bound: Bound, authorised: frozenset[tuple[str, str]], functions: frozenset[str] | None = None
) -> tuple[str, ...]:
    """What DuckDB finds in a query beyond what was authorised. Empty: the two readers agree.

    Args:
        authorised: (table, column) of everything the query may read; tables alone follow from it. Any case.
        functions: DuckDB's names of what may be called; None means whatever the review lets a query write.
    """
    columns = {(table.lower(), column.lower()) for table, column in authorised}
    tables = {table for table, _ in columns}
    allowed = {name.lower() for name in functions} | _SILENT if functions is not None else _CALLABLE
    found = {f"calls {name}" for name in bound.functions | bound.aggregates if name.lower() not in allowed}
    for table, column in bound.tables:
        if column and (table.lower(), column.lower()) not in columns:
            found.add(f"reads {table}.{column}")
        elif table.lower() not in tables:
            found.add(f"counts rows of {table}")
    return tuple(sorted(found))


_LOCKS = (
    f"SET pivot_filter_threshold = {MOST_PIVOTED + 1}",  # a PIVOT is planned as aggregates with FILTER
    "SET temp_directory = ''",
    "SET max_temp_directory_size = '0B'",
    "SET memory_limit = '256MB'",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET enable_external_access = false",
)
_TYPE = re.compile(r"[A-Z][A-Z0-9_ ]*(\([0-9]+(, ?[0-9]+)?\))?(\[\])?\Z", re.IGNORECASE)
# Functions without a name of their own in a query: operators, and what the binder puts in by itself.
_SILENT = frozenset(name.lower() for (name, _), line in REVIEWED.items() if line.policy is Policy.OPERATOR)
_CALLABLE = frozenset(name.lower() for (name, _), line in REVIEWED.items() if line.policy is not Policy.DENY)


def _create(name: str, columns: Columns, *, temporary: bool) -> str:
    for column, kind in columns:
        if column.lower() == _ROW_ID or not _TYPE.match(kind):
            raise ValueError(f"not a plain column: {column!r} {kind!r}")
    fields = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns)
    return f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {_quoted(name)} ({fields})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _one_plan(text: str, serialized: str) -> object:
    try:
        answer = json.loads(serialized)
    except (ValueError, RecursionError):  # DuckDB writes some numbers as no JSON knows them
        raise ShadowRefused(Unbound.OTHER) from None
    if answer.get("error") is not False:
        raise ShadowRefused(_reason(answer), _offset(text, answer))
    plans = answer.get("plans")
    if not isinstance(plans, list) or len(plans) != 1:
        raise ShadowRefused(Unbound.UNREADABLE)
    return plans[0]


def _reason(answer: Mapping[str, object]) -> Unbound:
    match answer.get("error_type"), answer.get("error_subtype"):
        case ("parser" | "syntax", _):
            return Unbound.UNREADABLE
        case (_, "COLUMN_NOT_FOUND" | "MISSING_ENTRY"):
            return Unbound.NAME
        case ("binder", "NO_MATCHING_FUNCTION") | ("conversion" | "mismatch type", _):
            return Unbound.TYPES
        case ("io" | "permission" | "not implemented", _):
            return Unbound.FORBIDDEN
        case _:
            return Unbound.OTHER


def _offset(sql: str, answer: Mapping[str, object]) -> int | None:
    """The place of an error in characters; DuckDB counts bytes."""
    position = answer.get("position")
    if not isinstance(position, str) or not position.isascii() or not position.isdigit():
        return None
    return len(sql.encode("utf-8")[: int(position)].decode("utf-8", "ignore"))


def _forbid_row_ids(sql: str) -> None:
    """A plan does not tell the row id from "no column", so its name may not stand in a text."""
    if _ROW_ID not in sql.lower():
        return
    for token in read_words(sql).tokens:
        if token.value.lower() == _ROW_ID and token.kind in (Kind.WORD, Kind.QUOTED):
            raise ShadowRefused(Unbound.FORBIDDEN, token.start)
