"""What somebody with the files themselves would read: every number as it is, in one world after another."""

import math
from collections.abc import Mapping, Sequence

import duckdb

from tests.oracle.law.questions import Asked
from tests.oracle.law.world import World

Row = tuple[object, ...]
Raw = Mapping[Row, Sequence[Row]]
"""What the numbers of an answer are made of, by its keys."""
DIGITS = 9
"""Sums of floats depend on the order of the rows in their last digits."""


class Files:
    """Both versions of a world, in plain DuckDB. `become` makes another world of it, as long as few rows differ."""

    def __init__(self, world: World, questions: Sequence[Asked]) -> None:
        self._world = world
        self._questions = questions
        self._versions = {version: _filled(world, version) for version in {one.version for one in questions}}
        for place, asked in enumerate(questions):
            self._versions[asked.version].execute(f"PREPARE q{place} AS {asked.raw}")

    def become(self, world: World) -> None:
        for old, new in zip(self._world.patients, world.patients, strict=True):
            if old != new:
                where = [new["person"], new["year"], new["wave"]]
                for name in (name for name in new if new[name] != old[name]):
                    for connection in self._versions.values():
                        _change(connection, name, new[name], where)
        self._world = world

    def read(self, place: int) -> Raw:
        """What is asked for by the question of this place."""
        asked = self._questions[place]
        found: dict[Row, list[Row]] = {}
        for row in self._versions[asked.version].execute(f"EXECUTE q{place}").fetchall():
            found.setdefault(plain(row[: asked.keys]), []).append(plain(row[asked.keys :]))
        return found

    def close(self) -> None:
        for connection in self._versions.values():
            connection.close()


def _filled(world: World, version: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    for name, table in world.tables(version).items():
        connection.register("incoming", table)
        connection.execute(f"CREATE TABLE {name} AS FROM incoming")
        connection.unregister("incoming")
    return connection


def _change(connection: duckdb.DuckDBPyConnection, name: str, value: object, where: Sequence[object]) -> None:
    at = "person = ? AND year = ?"
    connection.execute(f"UPDATE patient SET {name} = ? WHERE {at} AND wave = ?", [value, *where])
    if name == "dose" and where[2] == "SPR":
        connection.execute(f"UPDATE outcome SET points = ? WHERE {at}", [value, *where[:2]])


def plain(row: Sequence[object]) -> Row:
    return tuple(rounded(value) for value in row)


def rounded(value: object) -> object:
    if isinstance(value, float) and math.isfinite(value) and value:
        return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
    if isinstance(value, dict):
        return tuple(sorted(value.items(), key=str))
    return str(value) if isinstance(value, list) else value
