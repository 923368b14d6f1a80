"""What a field may hold, as far as everybody can know it: its published codes, and no value where that is allowed.

The lists come from the catalogue as plain values. A whole is only certain where each code that somebody could have is
counted in just one part of it; a field of which no list is published may always hold something else.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from enclave.disclosure.ledger.hidden_conditions import FALSE, NULL, TRUE, condition_of

_COLUMN = re.compile(r'"(?P<name>[^" ]+)(?: #\d+)?(?: of [^"]*)?"')
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]+"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|<>|<=|>=|[=<>+*(),-]|\S""")
_PLAIN_WORDS = frozenset(("AND", "OR", "NOT", "IN", "BETWEEN", "TRUE", "FALSE"))
_PLAIN_SIGNS = frozenset(("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ","))
_BRANCH, _AFTER_BRANCH = ("THEN", "ELSE"), ("WHEN", "ELSE", "END")


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code as a constant in a text, and from which to which year (by its first half) it could be in use."""

    code: str
    first: int | None = None
    last: int | None = None

    def is_in_use(self, years: Iterable[int]) -> bool:
        return any(
            (self.first is None or self.first <= year) and (self.last is None or year <= self.last)
            for year in years
        )


@dataclass(frozen=True, slots=True)
class FieldCodes:
    """The published codes of a field, None where there is no list, and whether it may have no value."""

    codes: tuple[ListedCode, ...] | None
    nulls: bool


FindCodes = Callable[[str], FieldCodes | None]
"""By `table.field`; None for what is no field of a table."""


def nothing_is_listed(_name: str) -> FieldCodes | None:
    """For who knows no lists: no whole that a hidden field divides is certain then."""
    return None


def place_in_list(text: str, value: object, find: FindCodes) -> int:
    """Where in the published list of a field, by its text, a value stands: from 0, past the end what is in none.

    Where no list is published every value stands at 0.
    """
    column = _COLUMN.fullmatch(text)
    found = None if column is None else find(column["name"])
    if found is None or found.codes is None:
        return 0
    said = condition_of(f"{text} = {value!r}")
    listed = [one.code for one in found.codes] if said.field == text else []
    return next((place for place, code in enumerate(listed) if code in said.values), len(found.codes))


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """The published codes, as they are in some years; without years, those that there ever were.

    `certain` keeps which sums hold in all of them, for `certain.adds_up_always`.
    """

    find: FindCodes = nothing_is_listed
    years: tuple[str, ...] = ()
    certain: dict[Hashable, bool] = field(default_factory=dict)
    _found: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def possible(self, of: str) -> frozenset[str] | None:
        """What a field or a condition of this text may hold; None where that is not known."""
        if of not in self._found:
            self._found[of] = self._possible(of)
        return self._found[of]

    def _possible(self, of: str) -> frozenset[str] | None:
        column = _COLUMN.fullmatch(of)
        if column is not None:
            return self._listed(column["name"])
        tokens = _TOKEN.findall(of)
        return _outcomes(tokens) if tokens[0] == "CASE" else self._of_test(tokens)

    def _listed(self, name: str) -> frozenset[str] | None:
        found = self.find(name)
        if found is None or found.codes is None:
            return None
        starts = [first_half(year) for year in self.years]
        known = [start for start in starts if start is not None]
        asked = known if len(known) == len(starts) else []
        codes = {one.code for one in found.codes if not asked or one.is_in_use(asked)}
        return frozenset(codes | ({NULL} if found.nulls else set()))

    def _of_test(self, tokens: list[str]) -> frozenset[str] | None:
        """A comparison of fields that always have a value is true or false; any other may be neither."""
        return frozenset((TRUE, FALSE)) if all(map(self._always_has_a_value, tokens)) else None

    def _always_has_a_value(self, token: str) -> bool:
        column = _COLUMN.fullmatch(token)
        if column is not None:
            found = self.find(column["name"])
            return found is not None and not found.nulls
        return token[0] in "'-0123456789" or token in _PLAIN_SIGNS or token.upper() in _PLAIN_WORDS


def _outcomes(tokens: list[str]) -> frozenset[str] | None:
    """What a CASE may come to, where that is plainly written; without an ELSE it may have no value."""
    found = set() if "ELSE" in tokens else {NULL}
    for place, token in enumerate(tokens):
        if token not in _BRANCH:
            continue
        constant, after = tokens[place + 1], tokens[place + 2]
        if after not in _AFTER_BRANCH or not (
            constant[0] in "'-0123456789" or constant in (TRUE, FALSE, NULL)
        ):
            return None
        found.add(constant)
    return frozenset(found)


def first_half(year: str) -> int | None:
    """2016 of the academic year 2016/17, and of a year that is named by its end, 2017."""
    if not year[:4].isdigit():
        return None
    return int(year[:4]) if "/" in year else int(year[:4]) - 1
