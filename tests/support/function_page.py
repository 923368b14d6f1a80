"""The page of functions, made of the review: `python -m tests.support.function_page` writes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from enclave.query.functions import REVIEWED, WRITABLE, Function, FunctionKind, Review, Role

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "functions.md"

_HEAD = """# Functions that may be used

Made of the review that the product itself reads (`enclave/query/functions.csv`). What is not here is refused with
[`function-not-allowed`](../problems/function-not-allowed.md), and an engine that has other functions or overloads than
those reviewed does not start.

Everything is allowed **above the aggregate**, on numbers that are already protected. Over people's rows it depends on
what a function does to a value: nothing there raises an error, reads a clock, or picks digits, bits or letters.

CASE, casts, comparisons, LIKE, IN, BETWEEN, `+ - * / //`, `^` and `||` are no functions and may be written everywhere;
`%` on people's fields may not.
"""

_Chosen = Callable[[Function], bool]


def _role(*roles: Role) -> _Chosen:
    return lambda function: function.role in roles and function.kind is FunctionKind.SCALAR


_SECTIONS: tuple[tuple[str, str, _Chosen], ...] = (
    (
        "On people's codes",
        "A label, a band or a part of one code: in conditions, as a group, above the aggregate too.",
        _role(Role.RECODE),
    ),
    (
        "On people's measures",
        "Arithmetic: inside aggregates, in bands and conditions, above the aggregate too.",
        _role(Role.NUMERIC),
    ),
    (
        "Across people",
        "Aggregates of a table, each shown by rules of its own.",
        lambda function: function.role is Role.LEAF,
    ),
    (
        "On one person's own rows, and above the aggregate",
        "Aggregates with GROUP BY the key; windows with PARTITION BY the key.",
        lambda function: function.role in (Role.SUMMARY, Role.HISTORY),
    ),
    (
        "Above the aggregate only",
        "On numbers that are already protected.",
        lambda function: function.role in (Role.REMAINDER, Role.SLICES),
    ),
)


def page() -> str:
    """The page as it should stand."""
    parts = [_HEAD, *(_section(*section) for section in _SECTIONS), _refused()]
    return "\n".join(parts)


def _section(title: str, words: str, chosen: _Chosen) -> str:
    functions = sorted((one for one in WRITABLE.values() if chosen(one)), key=lambda one: one.name)
    rows = [f"| `{one.name}` | {_arguments(one)} | {_reason(one)} |" for one in functions]
    return "\n".join(
        [f"## {title}\n", f"{words}\n", "| function | arguments | why |", "| --- | --- | --- |", *rows, ""]
    )


def _line(function: Function) -> Review | None:
    found = [
        line
        for (name, _), line in REVIEWED.items()
        if name.lower() == function.name and line.role is not None
    ]
    return found[0] if found else None


def _arguments(function: Function) -> str:
    line = _line(function)
    return line.arguments if line is not None else ""


def _reason(function: Function) -> str:
    line = _line(function)
    return line.reason if line is not None else "a form of SQL that the engine's parser takes apart"


def _refused() -> str:
    lines = ["## What is refused\n", "| class | functions | why |", "| --- | --- | --- |"]
    lines += [f"| {family} | {number} | {reason} |" for family, number, reason in _families()]
    return "\n".join([*lines, ""])


def _families() -> Iterator[tuple[str, int, str]]:
    denied = [line for line in REVIEWED.values() if line.policy == "deny"]
    for family in sorted({line.family for line in denied}):
        lines = [line for line in denied if line.family == family]
        yield family.replace("_", " "), len(lines), lines[0].reason


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
