"""Protected tables in a query's text."""

from dataclasses import dataclass

from tests.fuzz.draw import Draw


@dataclass(frozen=True, slots=True)
class Safe:
    """A query whose rows are safe: the names of its groups and of its numbers."""

    sql: str
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    one_row: bool = False
    ordered: bool = False
    witness: str | None = None  # counts the people of each row, over the raw tables
    if_hidden: str | None = (
        None  # the same, with what may be hidden of its keys and conditions null in every row
    )


def with_ctes(draw: Draw, sql: str) -> str:
    return f"WITH {', '.join(draw.ctes)} {sql}" if draw.ctes else sql
