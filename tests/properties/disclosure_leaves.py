"""Random leaves: raw rows that keep the contract of `asked`, many of them at the line of some rule."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from enclave.disclosure.asked import (
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Measure,
    PathCounts,
    Rules,
    Statistic,
)
from enclave.terms import Zeros

Row = dict[str, Any]

KEYS = ("set", "school", "year")

rule_sets = st.builds(
    Rules,
    min_units=st.sampled_from([2, 5, 10]),
    min_clusters=st.sampled_from([1, 2, 3]),
    nk_contributors=st.sampled_from([1, 2]),
    nk_percent=st.sampled_from([75.0, 90.0, 100.0]),
    p_percent=st.sampled_from([0.0, 10.0, 12.5]),
)

numbers_of_units = st.one_of(st.sampled_from([0, 1, 9, 10, 11]), st.integers(0, 40))
zeros = st.sampled_from(Zeros)


@st.composite
def leaves(draw: st.DrawFn) -> Cells:
    """One count under a condition and one mean with every companion there is."""
    return Cells(
        dimensions=("school", "year"),
        units="units",
        clusters=draw(st.sampled_from(["clusters", None])),
        grouping="set",
        measures=(draw(counts_under_conditions()), draw(full_means())),
    )


@st.composite
def counts_under_conditions(draw: st.DrawFn) -> Measure:
    path = PathCounts("late.domain", "late.n", "late.not", draw(zeros))
    return Measure("late", Statistic.ROWS, "late.n", draw(zeros), paths=(path,))


@st.composite
def full_means(draw: st.DrawFn) -> Measure:
    """Each companion is there or not, so that one rule does not always stand before the next."""
    by_unit = Concentration("mean.total", "mean.first", "mean.second")
    by_cluster = Concentration("mean.ctotal", "mean.cfirst", "mean.csecond")
    return Measure(
        "mean",
        Statistic.MEAN,
        "mean.n",
        draw(zeros),
        by_unit=draw(st.sampled_from([by_unit, None])),
        by_cluster=draw(st.sampled_from([by_cluster, None])),
        classes=draw(st.sampled_from([(), (ClassCounts("mean.smallest", "mean.classes", draw(zeros)),)])),
        extremes=draw(st.sampled_from([(), (draw(any_extremes()),)])),
    )


@st.composite
def any_extremes(draw: st.DrawFn) -> Extremes:
    return Extremes("mean.low", "mean.high", "mean.between", "mean.differ", draw(zeros))


keys = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["A", "B", "C", None]), st.sampled_from([1, 2, None])),
    unique=True,
    max_size=8,
)


@st.composite
def cells_of(draw: st.DrawFn, key: Sequence[Any]) -> Row:
    """One raw row. Now and then a companion is NULL."""
    row = dict(zip(KEYS, key, strict=True))
    row |= {"units": draw(numbers_of_units), "clusters": draw(st.integers(0, 4))}
    row |= draw(count_fields()) | draw(mean_fields())
    unknown = draw(st.none() | st.sampled_from(sorted(row.keys() - set(KEYS))))
    return row if unknown is None or draw(st.booleans()) else row | {unknown: None}


@st.composite
def count_fields(draw: st.DrawFn) -> Row:
    domain = draw(numbers_of_units)
    true = draw(st.integers(0, domain))
    not_true = draw(st.integers(domain - true, domain))
    late = true + draw(st.integers(0, 9) if true else st.sampled_from([0, 0, 2]))  # rows of nobody count too
    return {"late": late, "late.n": true, "late.not": not_true, "late.domain": domain}


@st.composite
def mean_fields(draw: st.DrawFn) -> Row:
    contributors = draw(numbers_of_units)
    value = draw(st.floats(-100, 100)) if contributors else None
    row = {"mean": value, "mean.n": contributors, "mean.differ": draw(st.booleans())}
    row |= {name: draw(numbers_of_units) for name in ("mean.smallest", "mean.low", "mean.high")}
    row |= {name: draw(st.integers(0, 3)) for name in ("mean.classes", "mean.between")}
    return row | draw(shares("mean.")) | draw(shares("mean.c"))


@st.composite
def shares(draw: st.DrawFn, name: str) -> Row:
    first = draw(st.integers(0, 1000))
    second = draw(st.integers(0, first))
    rest = draw(st.sampled_from([0, first // 10 - 1, first // 10, first // 9, first, 9 * first]))
    return {f"{name}total": first + second + max(rest, 0), f"{name}first": first, f"{name}second": second}


COUNTS = ["units", "clusters", "late", "late.n", "late.not", "late.domain"]
COUNTS += [f"mean.{name}" for name in ("n", "smallest", "low", "high", "classes", "between")]
COUNTS += [f"mean.{name}" for name in ("ctotal", "cfirst", "csecond")]
SUMS = [f"mean.{name}" for name in ("total", "first", "second")]

KINDS: dict[str, pa.DataType] = {"set": pa.int64(), "school": pa.string(), "year": pa.int32()}
KINDS |= {"mean": pa.float64(), "mean.differ": pa.bool_()}
KINDS |= {name: pa.int64() for name in COUNTS} | {name: pa.decimal128(38, 0) for name in SUMS}


def table_of(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema(KINDS))
