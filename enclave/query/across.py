"""Windows across people: one protected leaf for each way to divide them, looked up by every row.

`avg(x) OVER (PARTITION BY school)` is a statistic of schools beside each person: a leaf grouped by school, joined back
where the group is the same. It is protected and counts as shown like any other. A window with an order would carry one
person's value to another's row; `ntile` alone has a meaning without that: cut points that are protected quantiles.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, MixesPeople
from enclave.query.aggregates import is_aggregate
from enclave.query.cutting import Cutting
from enclave.query.cutting_leaves import cut_leaf
from enclave.query.data_types import data_type
from enclave.query.functions import lookup
from enclave.query.histories import is_own, own_history
from enclave.query.joining import beside_safe
from enclave.query.people_rows import People
from enclave.query.relations import Aggregate, Aggregated, Defined, Rows, Scalar, column
from enclave.terms import Span

MOST_TILES = 20


def without_windows(cut: Cutting, node: Scalar, people: People) -> tuple[People, Scalar]:
    """A scalar over base columns with each window made a base column: a person's own, or a looked-up statistic."""
    made = node.copy()
    windows = [part for part in made.find_all(exp.Window) if not _has_tiles(part)]
    tiles = [part for part in made.find_all(exp.Window) if _has_tiles(part)]
    found: list[tuple[Scalar, Scalar]] = []
    for window in _unlike([part for part in windows if is_own(part, people)]):
        people, id = own_history(cut, window, people)
        found.append((window, column(id)))
    across = _unlike([part for part in windows if not is_own(part, people)])
    while across:
        same = [part for part in across if _partition(part) == _partition(across[0])]
        across = [part for part in across if not any(part is one for one in same)]
        people, ids = _looked_up(cut, same, people)
        found += list(zip(same, map(column, ids), strict=True))
    for window in _unlike(tiles):
        people, scalar = _tile(cut, window, people)
        found.append((window, scalar))
    return people, _replaced(made, found)


def _replaced(node: Scalar, found: Sequence[tuple[Scalar, Scalar]]) -> Scalar:
    for part in list(node.find_all(exp.Window)):
        scalar = next(scalar.copy() for window, scalar in found if window == part)
        if part is node:
            return scalar
        part.replace(scalar)
    return node


def _unlike(windows: Sequence[exp.Window]) -> list[exp.Window]:
    unique: list[exp.Window] = []
    for window in windows:
        if window not in unique:
            unique.append(window)
    return unique


def _partition(window: exp.Window) -> list[Scalar]:
    return list(window.args.get("partition_by") or ())


def _call(window: exp.Window) -> Scalar:
    call: Scalar = window.this.this if isinstance(window.this, exp.Filter) else window.this
    return call


def _looked_up(cut: Cutting, windows: Sequence[exp.Window], people: People) -> tuple[People, tuple[str, ...]]:
    """The rows with the aggregates of windows of one partition beside them."""
    for window in windows:
        _is_statistic(cut, window)
    span = cut.span(windows[0])
    calls = [window.this.copy() for window in windows]
    return _beside(cut, _partition(windows[0]), calls, people, span)


def _beside(
    cut: Cutting, groups: Sequence[Scalar], calls: Sequence[Scalar], people: People, span: Span
) -> tuple[People, tuple[str, ...]]:
    keys = tuple(cut.new_column("group", Defined(part.copy())) for part in groups)
    numbers = tuple(cut.new_column("window", Aggregated(call)) for call in calls)
    source = Rows((), ((),))
    leaf = Aggregate(source, keys, numbers, None, {}, summary=False, grouped=bool(keys), span=span)
    table = cut.materialised(cut_leaf(cut, leaf, replace(people, span=span)))
    pairs = [(part, id) for part, id in zip(groups, keys, strict=True)]
    return beside_safe(cut, people, table, pairs), numbers


def _is_statistic(cut: Cutting, window: exp.Window) -> None:
    if window.args.get("order") is not None or window.args.get("spec") is not None:
        raise MixesPeople(
            detail="Across people a window has no ORDER BY and no frame: it would carry one person's value to "
            "another's row. Aggregate first, or put the key into PARTITION BY.",
            spans=(cut.span(window),),
        )
    if not is_aggregate(_call(window)):
        raise MixesPeople(
            detail="Ranks and values of other rows carry one person's value to another's. Across people a window is "
            "an aggregate, or ntile; over a person's own rows, with the key in PARTITION BY, it may be anything.",
            spans=(cut.span(window),),
        )


# ntile


def _has_tiles(window: exp.Window) -> bool:
    function = lookup(_call(window))
    return function is not None and function.name == "ntile"


def _tile(cut: Cutting, window: exp.Window, people: People) -> tuple[People, Scalar]:
    """`ntile(k)`: 1 + how many protected cut points, the quantiles at i/k, lie below. Ties are never split.

    A row without a value has no tile; a hidden cut point hides the tiles of its partition.
    """
    tiles, ordered = _tiles(cut, window, people)
    value = ordered.this
    points = [f"{place / tiles:.10g}" for place in range(1, tiles)]
    calls = [exp.PercentileCont(this=value.copy(), expression=exp.Literal.number(point)) for point in points]
    people, cuts = _beside(cut, _partition(window), calls, people, cut.span(window))
    known: list[Scalar] = [
        exp.Is(this=one, expression=exp.Null()) for one in (value.copy(), *map(column, cuts))
    ]
    missing = known[0]
    for one in known[1:]:
        missing = exp.Or(this=missing, expression=one)
    falling = bool(ordered.args.get("desc"))
    above = exp.LT if falling else exp.GT
    wanted = list(enumerate(cuts, start=1))
    branches = [exp.If(this=missing, true=exp.Null())]
    for place, id in wanted if falling else reversed(wanted):
        tile = tiles + 1 - place if falling else place + 1
        branches.append(
            exp.If(this=above(this=value.copy(), expression=column(id)), true=exp.Literal.number(tile))
        )
    made = exp.Case(ifs=branches, default=exp.Literal.number(1))
    return people, exp.Cast(this=made, to=data_type("BIGINT"))


def _tiles(cut: Cutting, window: exp.Window, people: People) -> tuple[int, exp.Ordered]:
    count = _call(window)
    number = next(iter(count.iter_expressions()), None)
    order = window.args.get("order")
    plain = isinstance(number, exp.Literal) and not number.is_string and number.name.isdigit()
    only = order.expressions[0] if order is not None and len(order.expressions) == 1 else None
    if (
        not plain
        or number is None
        or not 1 < int(number.name) <= MOST_TILES
        or only is None
        or is_own(window, people)
    ):
        raise FunctionNotAllowed(
            detail=f"Across people ntile() makes 2 to {MOST_TILES} groups by one value, cut at protected quantiles.",
            spans=(cut.span(window),),
        )
    return int(number.name), only
