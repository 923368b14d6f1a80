"""What sums and means are taken of."""

from tests.oracle.conditions import condition, own_summary
from tests.oracle.parts import Draw, Part
from tests.oracle.tree import Arith, Case, Coalesce, Expr, Lit, NullIf


def amount(draw: Draw, part: Part) -> Expr:
    """What a sum or a mean is taken of."""
    numbers = part.measures
    codes = [s for s in part.codes if s.field.type == "SMALLINT"]
    if not numbers:
        return draw.pick(codes).col if codes else Case(((condition(draw, part), Lit(1)),), Lit(0))
    col = draw.pick(numbers).col
    looked_up = [s for s in part.seen if s.public and s.field.kind == "measure"]
    match draw.pick(("bare", "bare", "bare", "case", "flag", "affine", "coalesce", "nullif", "code", "two")):
        case "case":
            return Case(((condition(draw, part), col),), Lit(0) if draw.chance(50) else None)
        case "flag":
            return Case(((condition(draw, part), Lit(1)), (condition(draw, part), Lit(2))), Lit(0))
        case "affine":
            return Arith("+", Arith("*", col, Lit(2)), Lit(draw.pick((1, 1000000))))
        case "coalesce":
            return Coalesce((col, Lit(0)))
        case "nullif":
            return NullIf(col, Lit(0))
        case "code" if codes:
            return draw.pick(codes).col
        case "own" if draw.chance(20) and not part.keys[0].outer:
            return own_summary(draw, part)
        case "one":
            return Lit(1)
        case "two":
            return Arith("*", col, draw.pick(looked_up or numbers).col)
        case _:
            return col
