"""The source's own names of fields, in which a census and a year are part of the name.

`FSMeligible_SPR17` is the field `fsm_eligible` in the spring census of 2016/17: the pattern is
`FSMeligible_[term][yy]`. In `[term][yy]` the year is that of the census day; `[yy]` elsewhere is the year in which the
academic year ends; `[n]` is a running number that the long tables hold as a column.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from enclave.catalogue.codes import academic_year
from enclave.catalogue.model import Catalogue, Table
from enclave.terms import FieldRef

TERM_AND_YEAR: Final = re.compile(r"(aut|spr|sum)([0-9]{2})")
YEAR: Final = re.compile(r"([0-9]{2})$")
NUMBER: Final = re.compile(r"(?<=_)[0-9]{1,2}(?=_|$)")
FIRST_YEAR_OF_THE_CENTURY: Final = 90  # the oldest collections are of the 1990s: 95 is 1995, 05 is 2005


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """A field, and what a name of the source says about the rows: term and academic year."""

    field: FieldRef
    term: str | None = None
    year: str | None = None


def index_aliases(tables: Iterable[Table]) -> dict[str, tuple[FieldRef, ...]]:
    """All patterns in lower case with the fields that have them."""
    index: dict[str, list[FieldRef]] = {}
    for table in tables:
        for field in table.fields.values():
            for alias in field.aliases:
                index.setdefault(alias.casefold(), []).append(field.ref)
    return {pattern: tuple(sorted(refs)) for pattern, refs in index.items()}


def resolve_alias(catalogue: Catalogue, name: str) -> list[Alias]:
    """The fields that the source calls `name`, with the term and year that the name says; none is the empty list."""
    found = {
        Alias(ref, term, year)
        for pattern, term, year in _readings(name.casefold())
        for ref in catalogue.alias_index.get(pattern, ())
    }
    return sorted(found, key=lambda alias: (alias.field, alias.term or "", alias.year or ""))


def _readings(name: str) -> Iterable[tuple[str, str | None, str | None]]:
    """Every pattern that the name may be an instance of, with the term and year read from it."""
    for plain in {name, NUMBER.sub("[n]", name)}:
        yield plain, None, None
        ending_with_term = False
        for found in TERM_AND_YEAR.finditer(plain):
            before, after = plain[: found.start()], plain[found.end() :]
            term, year = found[1].upper(), _census_year(found[1], found[2])
            ending_with_term = ending_with_term or not after
            yield f"{before}[term][yy]{after}", term, year
            yield f"{before}{found[1]}[yy]{after}", term, year
        ending = YEAR.search(plain)
        if ending is not None and not ending_with_term:
            yield f"{plain[: ending.start()]}[yy]", None, academic_year(_full_year(ending[1]) - 1)


def _census_year(term: str, two_digits: str) -> str:
    """The academic year of a census: an autumn census is at its beginning, the others in the next calendar year."""
    year = _full_year(two_digits)
    return academic_year(year if term == "aut" else year - 1)


def _full_year(two_digits: str) -> int:
    number = int(two_digits)
    return 1900 + number if number >= FIRST_YEAR_OF_THE_CENTURY else 2000 + number
