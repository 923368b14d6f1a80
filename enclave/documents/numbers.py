"""Numbers of policy files: exact, as written."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema


def _number(value: object) -> Decimal:
    """A whole number or a decimal; never a boolean, which Python counts as a number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a number was expected")
    return Decimal(value)


Number = Annotated[Decimal, PlainValidator(_number), WithJsonSchema({"type": "number"})]
