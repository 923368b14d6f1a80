"""Codes that say the same as one code of a finer list: a group of one kind of support, and that kind.

Where a field follows from a finer one by code lists, each of its codes may have a single finer one that could be in use
in the years asked about. To have either is the same then, whatever anybody has, and everybody can see it in the lists.
So conditions on the coarser field are read as conditions on the finer: else two tables of one thing would hide one
another. All codes or none: a field of which only some were read so would be two, and no whole of them certain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from enclave.disclosure.ledger.hidden_conditions import NULL, Hidden, condition_of
from enclave.disclosure.ledger.worlds import ListedCode, first_half


@dataclass(frozen=True, slots=True)
class FinerCode:
    """A code of the finer list with its group."""

    listed: ListedCode
    group: str


@dataclass(frozen=True, slots=True)
class Finer:
    """A field that follows from a finer one, both by their canonical texts."""

    field: str
    finer: str
    codes: tuple[FinerCode, ...]

    def alone(self, years: Sequence[int]) -> Mapping[str, str]:
        """For each group the only code that could be in use in these years; nothing if any has several."""
        used = [one for one in self.codes if one.listed.is_in_use(years)]
        found = {one.group: one.listed.code for one in used}
        return found if len(found) == len(used) else {}


def in_finer_words(hidden: Hidden, finers: Sequence[Finer], years: Iterable[str]) -> Hidden:
    """Conditions that have one, by the finer code that says the same."""
    if not hidden or not finers:
        return hidden
    by_field = {one.field: one for one in finers}
    starts = [first_half(year) for year in years]
    if not starts or None in starts:
        return hidden
    known = [start for start in starts if start is not None]
    return frozenset(_in_finer_words(text, by_field, known) for text in hidden)


def _in_finer_words(text: str, by_field: Mapping[str, Finer], years: Sequence[int]) -> str:
    condition = condition_of(text)
    found = by_field.get(condition.field)
    if found is None:
        return text
    alone, groups = found.alone(years), condition.values - {NULL}  # the finer field always has a value
    codes = sorted(alone[group] for group in groups if group in alone)
    if len(codes) < max(1, len(groups)):
        return text
    said = f"{found.finer} IN ({', '.join(codes)})"
    return _in_finer_words(said if condition.inside else f"NOT {said}", by_field, years)
