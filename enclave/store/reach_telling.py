"""What the log tells of whose records a query reached, and whether the rows still say so.

The entry of a query's end tells a hash over all that it reached by: each use, and its definition to the last letter. So
nobody can add, edit or take away a use behind the log. A leaf of a query that was cancelled, or failed because nobody
heard of its worker, may have begun just before: what was kept after such an end is not in the hash, and is believed.

Limit: uses of sessions without a server are of no query, so no entry tells of them.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from enclave.audit.entries import Json
from enclave.outputs.records import QueryId, QueryStatus
from enclave.store.made import Made
from enclave.store.reach_tables import REACH_DEFINITIONS, REACH_USES
from enclave.store.tables import QUERIES

REACHED: Final = "reached "
"""With the id of the query, the name under which it stands in the body of an entry."""
ENDED: Final = frozenset(
    {QueryStatus.FINISHED, QueryStatus.REFUSED, QueryStatus.FAILED, QueryStatus.CANCELLED}
)
EXACT: Final = frozenset({QueryStatus.FINISHED, QueryStatus.REFUSED})
"""Ends that the run itself came to, so that nothing of it is kept afterwards."""

USES_OF: Final = Made(
    select(*(column for column in REACH_USES.c if column.name != "shown"))
    .where(REACH_USES.c.query_id == bindparam("query_id"))
    .order_by(REACH_USES.c.id)
)
DEFINITION: Final = Made(
    select(REACH_DEFINITIONS.c.id, *(column for column in REACH_DEFINITIONS.c if column.name != "id")).where(
        REACH_DEFINITIONS.c.id == bindparam("id")
    )
)


@dataclass(frozen=True, slots=True)
class _Use:
    """A row of `REACH_USES`, but for whether it was shown."""

    id: int
    definition: int
    query_id: QueryId
    project: str
    at: datetime
    fields: tuple[str, ...]


def told_of(connection: Connection, query: QueryId) -> Mapping[str, Json]:
    """What the entry of a query's end tells: a hash over what is kept of it, and where that ends."""
    uses = USES_OF.records(_Use, connection, query_id=query)
    rows = [DEFINITION.all(connection, id=id)[0] for id in sorted({use.definition for use in uses})]
    definitions = {id: _hash(rest) for id, *rest in rows}
    return {REACHED + query: {"upto": uses[-1].id if uses else 0, "digest": _digest(uses, definitions)}}


class ReachTold:
    """What the entries told of queries, as they are read one after the other."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, str]] = {}

    def read(self, body: Mapping[Any, Any]) -> None:
        for name, told in body.items():
            if str(name).startswith(REACHED):
                self._told[str(name).removeprefix(REACHED)] = (int(told["upto"]), str(told["digest"]))

    def faults(self, connection: Connection) -> Iterator[str]:
        """Queries of which something else is kept than was told."""
        kept: dict[str, list[Any]] = {}
        for use in _uses(connection, REACH_USES.c.query_id.is_not(None)):
            kept.setdefault(str(use.query_id), []).append(use)
        definitions = _definitions(connection)
        ends = {str(row.id): row.status for row in connection.execute(select(QUERIES.c.id, QUERIES.c.status))}
        for id, (upto, digest) in self._told.items():
            told = [use for use in kept.get(id, []) if use.id <= upto]
            if _digest(told, definitions) != digest:
                yield f"what {id} reached is not as the entry of its end told it"
            elif len(told) < len(kept.get(id, [])) and ends.get(id) in EXACT:
                yield f"something was added to what {id} reached"
        for id in sorted(kept.keys() - ends.keys()):
            yield f"something is said to have been reached by {id}, and there is no such query"


def _uses(connection: Connection, where: Any) -> Iterable[Any]:
    columns = (column for column in REACH_USES.c if column.name != "shown")
    return connection.execute(select(*columns).where(where).order_by(REACH_USES.c.id)).all()


def _definitions(connection: Connection) -> Mapping[int, str]:
    """The hash of each definition, by its number."""
    wanted = select(REACH_DEFINITIONS)
    return {
        row["id"]: _hash([row[column.name] for column in REACH_DEFINITIONS.c if column.name != "id"])
        for row in connection.execute(wanted).mappings()
    }


def _digest(uses: Iterable[Any], definitions: Mapping[int, str]) -> str:
    return _hash(
        [
            [
                use.id,
                use.query_id,
                use.project,
                use.at.isoformat(),
                list(use.fields),
                definitions.get(use.definition),
            ]
            for use in uses
        ]
    )


def _hash(value: object) -> str:
    spelled = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_spelled)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _spelled(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
