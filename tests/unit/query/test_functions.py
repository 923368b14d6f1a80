"""The reviewed functions: what may be written, under which name, and that both readers agree on every one of them."""

from collections.abc import Iterator

import pytest
from sqlglot import exp

from enclave.query.functions import (
    REVIEWED,
    TYPED,
    WRITABLE,
    Function,
    FunctionKind,
    Policy,
    Role,
    lookup,
    named,
)
from enclave.query.parse import parse
from enclave.query.shadow import Shadow, disagreements
from tests.support.function_calls import calls

TYPES = [("x", "DOUBLE"), ("y", "DOUBLE"), ("i", "INTEGER"), ("s", "VARCHAR"), ("r", "VARCHAR")]
TYPES += [("d", "DATE"), ("e", "DATE"), ("t", "TIMESTAMP"), ("b", "BOOLEAN"), ("l", "VARCHAR[]")]
EVERYTHING = frozenset(("p", name) for name, _ in TYPES)
# Names that sqlglot reads as an operator: the tree has the operator's node.
OPERATORS = {"mod": exp.Mod, "pow": exp.Pow, "power": exp.Pow}
SAME = {
    "argmax": "arg_max",
    "argmin": "arg_min",
    "array_agg": "list",
    "ceiling": "ceil",
    "char_length": "length",
    "character_length": "length",
    "countif": "count_if",
    "datediff": "date_diff",
    "datetrunc": "date_trunc",
    "group_concat": "string_agg",
    "ifnull": "coalesce",
    "instr": "strpos",
    "lcase": "lower",
    "len": "length",
    "listagg": "string_agg",
    "max_by": "arg_max",
    "min_by": "arg_min",
    "percentile_cont": "quantile_cont",
    "percentile_disc": "quantile_disc",
    "position": "strpos",
    "substr": "substring",
    "ucase": "upper",
    "variance": "var_samp",
}


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    shadow = Shadow({"p": TYPES})
    yield shadow
    shadow.close()


def query(name: str) -> str:
    call = calls()[name]
    if WRITABLE[name].kind is FunctionKind.WINDOW:
        return f"SELECT {call} OVER (ORDER BY x) FROM p"
    if name.startswith("grouping"):
        return f"SELECT {call} FROM p GROUP BY ROLLUP (s)"
    if name.startswith("percentile"):
        return f"SELECT {call} WITHIN GROUP (ORDER BY x) FROM p"
    return f"SELECT {call} FROM p"


def test_every_function_that_may_be_written_is_tried_here() -> None:
    assert set(calls()) == set(WRITABLE)


def test_every_reviewed_function_has_a_reason() -> None:
    assert all(line.reason for line in REVIEWED.values())


def test_a_function_has_a_role_exactly_when_it_may_be_written() -> None:
    assert all((line.role is not None) == (line.policy is Policy.WRITE) for line in REVIEWED.values())


@pytest.mark.parametrize("name", sorted(WRITABLE))
def test_both_readers_agree_on(name: str, shadow: Shadow) -> None:
    text = query(name)
    parsed = parse(text)
    written = parsed.tree.sql("duckdb")
    assert disagreements(shadow.bind(written), EVERYTHING) == ()
    assert shadow.same_meaning(text, written)


@pytest.mark.parametrize("name", sorted(WRITABLE))
def test_the_tree_says_which_function_was_written(name: str) -> None:
    tree = parse(query(name)).tree
    if name in OPERATORS:
        assert tree.find(OPERATORS[name]) is not None
        return
    found = next(function for node in tree.walk() if (function := lookup(node)))
    assert found.name == SAME.get(name, name)
    assert found.role is WRITABLE[name].role


def test_every_class_of_the_parser_that_is_known_has_a_function_that_may_be_written() -> None:
    assert all(named(name) is not None for name, _ in TYPED.values())


def test_a_function_is_found_without_regard_to_case() -> None:
    assert named("SUM") == Function("sum", FunctionKind.AGGREGATE, Role.LEAF)


@pytest.mark.parametrize(
    "name", ["read_csv", "getenv", "current_setting", "query", "hash", "", "sleep_ms", "random"]
)
def test_what_is_not_reviewed_or_is_denied_is_no_function(name: str) -> None:
    assert named(name) is None
    assert lookup(exp.Anonymous(this=name)) is None
