"""A leaf: the aggregate at which people's rows stop being about one person, with all that its protection needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from enclave.disclosure.asked import Statistic
from enclave.query.aggregates import aggregate_name, takes_conditions
from enclave.query.conditions import (
    Path,
    Selector,
    bands,
    clips,
    determined,
    failures,
    fields_in,
    joint_paths,
    joint_selectors,
    null_path,
    path,
    paths,
    selectors,
)
from enclave.query.inside import is_condition, people_bases
from enclave.query.people_rows import People, one_row_per_unit
from enclave.query.products import Product, products, weighed
from enclave.query.relations import Scalar, column_id, column_ids
from enclave.terms import Span, Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """One aggregate of a leaf. `aggregate` is the call over base columns; the rest says how it is protected.

    `argument` is what it sums or averages (None for counts of rows and of units), `condition` its FILTER. `clipped`
    asks for the two-valued rule, with its zeros; `rows_matter` for the rule on rows per unit.
    """

    id: str
    name: str
    aggregate: Scalar
    statistic: Statistic
    argument: Scalar | None
    condition: Scalar | None
    counted: (
        tuple[Scalar, Scalar | None] | None
    )  # of count_if: its condition and its FILTER, which `condition` joins
    paths: tuple[Path, ...]
    selectors: tuple[Selector, ...]
    clipped: Zeros | None
    zeros: Zeros
    weighed: tuple[
        Scalar, ...
    ]  # products whose concentration is judged, where the argument's own would not tell
    fixed_size: bool  # every contribution is a constant of the text: the paths decide, nobody can dominate


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One protected aggregate over people's rows. `keys` are (column id, scalar over base columns), no constants."""

    id: str
    people: People
    keys: tuple[tuple[str, Scalar], ...]
    sets: tuple[tuple[int, ...], ...] | None
    groupings: Mapping[str, tuple[int, ...]]
    numbers: tuple[Number, ...]
    one_row: bool
    proven: bool
    span: Span


SUPPORTED = "count(*), count(x), count(DISTINCT the key), sum, avg and count_if"


def number(id: str, name: str, node: Scalar, people: People, keys: frozenset[str]) -> Number | str:
    """The protected number for an aggregate (over base columns), or why it cannot be one."""
    made = _number(id, name, node, people, keys)
    if isinstance(made, Number) and _counts_nobody(made, people):
        return (
            "After this outer join some rows belong to nobody, and this number would count them: that tells which "
            "groups are empty. Count the key, or sum a field of the people's table alone."
        )
    return made


def _counts_nobody(made: Number, people: People) -> bool:
    """Whether a row without a person (a public table left-joined to people) could add to the number."""
    if not people.nobody or made.statistic is Statistic.UNITS:
        return False
    return not any(
        part is not None and _null_for_nobody(part, people) for part in (made.argument, made.condition)
    )


def _null_for_nobody(node: Scalar, people: People) -> bool:
    """Whether the scalar is null (or not true) on a row of nobody: it is strict in one of the people's columns."""
    if next(node.find_all(*_NOT_STRICT), None) is not None:
        return False
    return any(id in people.bases and not people.bases[id].public for id in column_ids(node))


_NOT_STRICT = (
    exp.Case, exp.If, exp.Coalesce, exp.Is, exp.Not, exp.Or, exp.Greatest, exp.Least, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.Concat, exp.ConcatWs, exp.Placeholder, exp.Try,
)  # fmt: skip


def _number(id: str, name: str, node: Scalar, people: People, keys: frozenset[str]) -> Number | str:
    condition: Scalar | None = None
    call = node
    if isinstance(node, exp.Filter):
        call, condition = node.this, node.expression.this
    if takes_conditions(call):
        if aggregate_name(call) not in ("count_if", "countif"):
            return f"{aggregate_name(call)} across people is not offered in this version; use count_if."
        inner = call.this
        both = inner if condition is None else exp.And(this=condition.copy(), expression=inner.copy())
        made = _made(id, name, node, Statistic.ROWS, None, both, people, keys)
        return replace(made, counted=(inner, condition))
    match aggregate_name(call):
        case "count":
            return _count(id, name, node, call, condition, people, keys)
        case "sum" | "avg" | "mean":
            if isinstance(call.this, exp.Distinct):
                return "Across people there are no DISTINCT sums and means."
            statistic = Statistic.SUM if aggregate_name(call) == "sum" else Statistic.MEAN
            return _made(id, name, node, statistic, call.this, condition, people, keys)
        case other:
            return (
                f"{other or call.sql('duckdb')} across people is not offered in this version. Offered are {SUPPORTED}; "
                "a person's own rows may be summarised by any aggregate first (GROUP BY the key)."
            )


def _count(
    id: str,
    name: str,
    node: Scalar,
    call: Scalar,
    condition: Scalar | None,
    people: People,
    keys: frozenset[str],
) -> Number | str:
    argument = call.this
    if argument is None or isinstance(argument, exp.Star):
        return _made(id, name, node, Statistic.ROWS, None, condition, people, keys)
    if isinstance(argument, exp.Distinct):
        only = argument.expressions[0] if len(argument.expressions) == 1 else None
        if only is None or not people.key_ids(only):
            return (
                "Across people, count(DISTINCT x) is offered for the key only; group by x to see its values."
            )
        return _made(
            id,
            name,
            node,
            Statistic.UNITS,
            only if _may_lack(only, people) else None,
            condition,
            people,
            keys,
        )
    if isinstance(argument, exp.Literal):
        return _made(id, name, node, Statistic.ROWS, None, condition, people, keys)
    return _made(id, name, node, Statistic.VALUES, argument, condition, people, keys)


def _may_lack(node: Scalar, people: People) -> bool:
    return column_id(node) in people.nullable


def _made(
    id: str,
    name: str,
    node: Scalar,
    statistic: Statistic,
    argument: Scalar | None,
    condition: Scalar | None,
    people: People,
    keys: frozenset[str],
) -> Number:
    valued = statistic in (Statistic.SUM, Statistic.MEAN) and argument is not None
    parts = products(argument, people) if valued and argument is not None else ()
    found = [*_argument_paths(statistic, argument, people), *joint_paths(parts, people)]
    if condition is not None:
        found.append(path(condition, people))
    if statistic is not Statistic.UNITS:
        missing = (exp.Is(this=key.copy(), expression=exp.Null()) for key in people.multiplied)
        found += [path(test, people) for test in missing]
    zeros = _zeros_of((argument, condition), people)
    return Number(
        id=id,
        name=name,
        aggregate=node,
        statistic=statistic,
        argument=argument,
        condition=condition,
        counted=None,
        paths=tuple(one for one in _unique(found) if not _known(one.condition, keys)),
        selectors=_selectors(argument, parts, people) if valued and argument is not None else (),
        clipped=zeros if valued and argument is not None and _two_values_tell(argument, people) else None,
        zeros=zeros,
        weighed=weighed(parts, people),
        fixed_size=valued and argument is not None and _constant_sized(argument, people),
    )


def _selectors(argument: Scalar, parts: tuple[Product, ...], people: People) -> tuple[Selector, ...]:
    unique: list[Selector] = []
    for one in (
        *selectors(argument, people),
        *joint_selectors(parts, people),
        *bands(argument, parts, people),
    ):
        if not any(one.value == other.value for other in unique):
            unique.append(one)
    return tuple(unique)


def _two_values_tell(argument: Scalar, people: People) -> bool:
    """Whether mean and count of a two-valued cell would give its smaller side.

    So it is for clipped arguments, bare codes and a person's own counts.
    """
    base = people.bases.get(column_id(argument) or "")
    measures = [one for one in people_bases(argument, people) if not one.code]
    counts = bool(measures) and all(one.counts for one in measures)
    return clips(argument, people) or counts or (base is not None and base.code)


def _argument_paths(statistic: Statistic, argument: Scalar | None, people: People) -> Iterator[Path]:
    if argument is None:
        return
    if statistic in (Statistic.VALUES, Statistic.UNITS):
        found = null_path(argument, people)
        if found is not None:
            yield found
        if statistic is Statistic.VALUES and not is_condition(argument, people):
            yield from paths(argument, people)  # of a bare condition only the null matters, not the value
        return
    yield from paths(argument, people)
    yield from failures(argument, people)


def _constant_sized(argument: Scalar, people: People) -> bool:
    """Whether each row adds a constant of the text: 1, a CASE of constants, a condition made a number."""
    return determined(argument, people)


def _known(condition: Scalar, keys: frozenset[str]) -> bool:
    """Whether the condition is a function of the cell's own group columns: the reader can work it out."""
    used = column_ids(condition)
    return bool(used) and used <= keys and next(condition.find_all(exp.Placeholder), None) is None


def _unique(found: list[Path]) -> list[Path]:
    unique: list[Path] = []
    for one in found:
        if not any(one.condition == other.condition for other in unique):
            unique.append(one)
    return unique


def _zeros_of(parts: tuple[Scalar | None, ...], people: People) -> Zeros:
    fields = [field for part in parts if part is not None for field in fields_in(part, people)]
    return Zeros.HIDDEN if any(field.zeros is Zeros.HIDDEN for field in fields) else Zeros.SHOWN


def always_grouped(
    keys: tuple[tuple[str, Scalar], ...], sets: tuple[tuple[int, ...], ...] | None
) -> frozenset[str]:
    """The base columns that are bare group columns in every grouping set."""
    positions = range(len(keys)) if sets is None else set(range(len(keys))).intersection(*map(set, sets))
    return frozenset(id for place in positions if (id := column_id(keys[place][1])) is not None)


def is_proven(
    people: People, keys: tuple[tuple[str, Scalar], ...], sets: tuple[tuple[int, ...], ...] | None
) -> bool:
    """Whether every cell of the leaf has at most one row of a unit, in every grouping set."""
    if people.copied:
        return False
    if sets is None:
        return one_row_per_unit(people, [scalar for _, scalar in keys])
    return all(one_row_per_unit(people, [keys[place][1] for place in one]) for one in sets)
