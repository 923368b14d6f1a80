"""Whether a cell has more than a few values: a sketch that spares nearly all cells the count of each of their values.

Up to so many values are judged as classes, and beyond that none is (`Selector.few`). Each row that counts sets one of
64 bits, by the hash of its value. Equal values have one hash, and a hash sets one bit, so more bits than few are more
values than few. Only in the other cells are units counted value by value, and there exactly.

What is said of a cell with the certificate is how many units contribute, and the bits: enough of both, or the number is
hidden for its contributors already.
"""

from collections.abc import Sequence

from sqlglot import exp

from enclave.query.ladder import BITS
from enclave.query.leaf_words import call, cast, number_literal, only_if
from enclave.query.relations import Scalar
from enclave.query.rendering import named

FUNCTIONS = ("hash", "bit_count", "bit_or", "<<", "&")
"""What the sketch calls, and nobody else may."""


def bits_of(parts: Sequence[str], counts: Scalar) -> Scalar:
    """How many bits the values of columns of the base set, taken together, over the rows that count. No value is a
    value."""
    low = exp.BitwiseAnd(this=call("hash", *map(named, parts)), expression=number_literal(BITS - 1))
    one = exp.BitwiseLeftShift(this=cast(number_literal(1), "UBIGINT"), expression=exp.Paren(this=low))
    return call("bit_count", call("bit_or", only_if(counts, one)))


def more_than(few: int, bits: str) -> Scalar:
    """Whether these bits are more than few. Null, where no row counts, is not."""
    return exp.GT(this=named(bits), expression=number_literal(few))
