"""The ladder: whether enough units stand in a cell, where nothing else is asked of them.

A leaf without a number (DISTINCT, and the codes that a value aggregate is made of) asks one thing of each cell: are
these fewer than the threshold, or not. That climbs, cell by cell, and stops at the first rung that holds:

1. **bound**: a cell of n rows has n units at most, so fewer rows than the threshold are too few;
2. **sketch**: each row sets one of 64 bits, by its unit's key. Two units may share a bit and one unit sets no two, so
   as many bits as the threshold are enough units;
3. **recount**: only the cells that are left are counted unit by unit.

What the first two say is not how many units there are, but lies on the side of the threshold on which that lies. Whom
a cell is about the ledger reads for itself.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from enclave.query.leaf_words import call, cast, count_rows, number_literal
from enclave.query.relations import Scalar
from enclave.query.rendering import From, aliased, grouped, identifier, named, table_named

BITS = 64
ROWS, UNDECIDED, EXACT = "rows", "undecided", "exact"
_ROWS, _LEAST, _UNITS = "ladder_rows", "ladder_least", "ladder_units"
FUNCTIONS = ("bit_count", "bit_or", "<<", "&")
"""What the sketch calls, and nobody else may."""


def rungs(keys: Sequence[str], unit: str, beside: Mapping[str, Scalar], min_units: int) -> list[exp.CTE]:
    """The named parts of the statement over `base`, in order. `beside`: what else is asked of the rows of a cell."""
    return [
        _named(ROWS, _sketched(keys, unit, beside)),
        _named(UNDECIDED, _undecided(keys, min_units)),
        _named(EXACT, _recounted(keys, unit)),
    ]


def climbed(keys: Sequence[str], units: str, beside: Iterable[str], min_units: int) -> exp.Select:
    """The cells, each with what the first rung that holds says of its units."""
    few = exp.LT(this=_of(ROWS, _ROWS), expression=number_literal(min_units))
    many = exp.GTE(this=_of(ROWS, _LEAST), expression=number_literal(min_units))
    decided = exp.Case(
        ifs=[
            exp.If(this=few, true=_of(ROWS, _ROWS)),
            exp.If(this=many, true=cast(_of(ROWS, _LEAST), "BIGINT")),
        ],
        default=_of(EXACT, _UNITS),
    )
    join = exp.Join(this=table_named(EXACT), side="LEFT", on=_same(keys, ROWS, EXACT))
    columns = [*(aliased(_of(ROWS, id), id) for id in (*keys, *beside)), aliased(decided, units)]
    return From(table_named(ROWS), [join]).select(columns)


def _sketched(keys: Sequence[str], unit: str, beside: Mapping[str, Scalar]) -> exp.Select:
    """A key that is no whole number, which the store has none of, would set no bit."""
    whole = exp.TryCast(this=named(unit), to=exp.DataType.build("BIGINT"))
    low = exp.BitwiseAnd(this=whole, expression=number_literal(BITS - 1))
    one = exp.BitwiseLeftShift(
        this=cast(number_literal(1), "UBIGINT"), expression=cast(exp.Paren(this=low), "UBIGINT")
    )
    columns = {
        _ROWS: exp.Count(this=named(unit)),
        _LEAST: call("bit_count", call("bit_or", one)),
        **beside,
    }
    made = From(table_named("base")).select(
        [*map(named, keys), *(aliased(scalar, id) for id, scalar in columns.items())]
    )
    made.set("group", grouped([named(id) for id in keys], None))
    return made


def _undecided(keys: Sequence[str], min_units: int) -> exp.Select:
    threshold = number_literal(min_units)
    where: list[Scalar] = [
        exp.GTE(this=named(_ROWS), expression=threshold),
        exp.LT(this=named(_LEAST), expression=threshold.copy()),
    ]
    return From(table_named(ROWS), where=where).select([*map(named, keys)])


def _recounted(keys: Sequence[str], unit: str) -> exp.Select:
    """By cell and unit first: that is quicker than DISTINCT in an aggregate."""
    join = exp.Join(this=table_named(UNDECIDED), on=_same(keys, "base", UNDECIDED))
    there = exp.Not(this=exp.Paren(this=exp.Is(this=_of("base", unit), expression=exp.Null())))
    each = From(table_named("base"), [join], [there]).select([aliased(_of("base", id), id) for id in keys])
    each.set("group", grouped([_of("base", id) for id in (*keys, unit)], None))
    subselect = exp.Subquery(this=each, alias=exp.TableAlias(this=identifier("per_unit")))
    made = From(subselect).select([*map(named, keys), aliased(count_rows(), _UNITS)])
    made.set("group", grouped([named(id) for id in keys], None))
    return made


def _same(keys: Sequence[str], one: str, other: str) -> Scalar:
    pairs = [exp.NullSafeEQ(this=_of(one, id), expression=_of(other, id)) for id in keys]
    same: Scalar = pairs[0]
    for pair in pairs[1:]:
        same = exp.And(this=same, expression=pair)
    return same


def _of(piece: str, id: str) -> exp.Column:
    return exp.Column(this=identifier(id), table=identifier(piece))


def _named(name: str, select: exp.Select) -> exp.CTE:
    return exp.CTE(this=select, alias=exp.TableAlias(this=identifier(name)))
