"""What a SELECT may read: the names that this worker was given, and nothing else.

A view is no border: the file under it can be read by its path, and settings by their tables. The gateway
refuses such SQL before it is generated. This is the second means, held by DuckDB's own parser: every
relation in the tree must be a given name, a CTE of the query, or one of three functions of numbers and lists.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

_TO_JSON = "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true, skip_default := true)"
_PLAIN = re.compile(r"\w+")
_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_RELATIONS = frozenset(
    {"EMPTY", "BASE_TABLE", "TABLE_FUNCTION", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "COLUMN_DATA", "PIVOT"}
)
_HOMES = frozenset({"main", "memory", "temp"})


class NotReadable(Exception):
    """The SQL is not one SELECT over the names that this worker holds."""


def check_reads(connection: duckdb.DuckDBPyConnection, sql: str, names: frozenset[str]) -> None:
    """Let one SELECT over `names` pass.

    Args:
        names: in lower case, as DuckDB compares names without regard to case.
    Raises:
        NotReadable: for everything else.
        duckdb.Error: where the text does not parse.
    """
    statements = connection.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise NotReadable
    ((text,),) = connection.execute(_TO_JSON, [sql]).fetchall()  # all: an unread result blocks the connection
    tree = json.loads(text)
    if tree["error"]:
        raise NotReadable
    nodes = list(_nodes(tree["statements"]))
    own = {entry["key"].lower() for node in nodes for entry in _ctes(node)}
    if not all(_PLAIN.fullmatch(name) for name in own):  # a path as a CTE's name, to be read elsewhere
        raise NotReadable
    if not all(_may_be_read(node, names | own) for node in nodes):
        raise NotReadable


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _ctes(node: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = node.get("cte_map", {}).get("map", [])
    return entries


def _may_be_read(node: dict[str, Any], names: frozenset[str] | set[str]) -> bool:
    source = node.get("from_table")
    if source is not None and source["type"] not in _RELATIONS:
        return False
    queries = (node[key] for key in ("node", "query_node") if key in node)
    if not all(query["type"] in _QUERIES for query in queries):  # a CTE can delete
        return False
    match node.get("type"):
        case "BASE_TABLE":
            *homes, name = node["qualified_name"]["path"]
            at_home = all(home.lower() in _HOMES for home in homes)
            return at_home and name.lower() in names and "at_clause" not in node
        case "TABLE_FUNCTION":
            *homes, name = node["function"]["qualified_name"]["path"]
            return not homes and name.lower() in _FUNCTIONS
        case "SHOW_REF":
            return False
        case _:
            return True
