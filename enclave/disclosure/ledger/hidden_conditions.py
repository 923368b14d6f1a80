"""Hidden conditions read back from their canonical texts: a field, and the constants that it is compared with.

Only what is plainly such a comparison is read as one. Any other text is a field of its own, that is true or not: then
more worlds are thought possible than there are, and fewer sums are certain.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Hidden: TypeAlias = frozenset[str]
"""Conditions on hidden fields, as canonical texts: all of them hold."""

NO_CONDITIONS: Hidden = frozenset()

TRUE, FALSE = "TRUE", "FALSE"
NULL = "NULL"
"""That there is no value."""
_CONSTANT = r"'(?:[^']|'')*'|-?\d+(?:\.\d+)?|None|NULL|(?i:true|false)"
_COLUMN = re.compile(r'"[^"]+"')
_FIELD = r'"[^"]+"|CASE (?:(?!CASE ).)* END'
_EQUAL = re.compile(rf"(?P<field>{_FIELD}) (?P<how>=|<>|IS) (?P<values>{_CONSTANT})", re.DOTALL)
_ONE_OF = re.compile(
    rf"(?P<field>{_FIELD}) (?P<how>IN) \((?P<values>(?:{_CONSTANT})(?:, (?:{_CONSTANT}))*)\)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Condition:
    """That a field is one of some values, or, not `inside`, that it is none of them."""

    field: str
    values: frozenset[str]
    inside: bool

    def holds(self, value: str) -> bool:
        return (value in self.values) == self.inside


@lru_cache(maxsize=4_096)
def condition_of(text: str) -> Condition:
    """The condition that a text says. Whoever has no value is unequal to nothing: `f <> 1` is none of 1 and NULL."""
    return _read(text)[0]


def _read(text: str) -> tuple[Condition, bool]:
    """The condition, and whether it is false where there is no value, so that NOT before it is true there."""
    if text.startswith("NOT "):
        inner = text.removeprefix("NOT ")
        if (bare := _bare(inner)) != inner or _plain(inner):
            return _negated(*_read(bare))
    found = _EQUAL.fullmatch(text) or _ONE_OF.fullmatch(text)
    if found is None or (found["how"] != "IS" and "NULL" in re.findall(_CONSTANT, found["values"])):
        return Condition(text, frozenset([TRUE]), inside=True), False
    values = frozenset(_constant(value) for value in re.findall(_CONSTANT, found["values"]))
    condition, of_nulls = Condition(found["field"], values, inside=True), found["how"] == "IS"
    return _negated(condition, of_nulls) if found["how"] == "<>" else (condition, of_nulls)


def means_the_same(one: Hidden, other: Hidden) -> bool:
    """Whether two sets of texts say the same, as far as they can be read: a bare field, and that it is true."""
    return one == other or {condition_of(text) for text in one} == {condition_of(text) for text in other}


def _negated(condition: Condition, of_nulls: bool) -> tuple[Condition, bool]:
    """The opposite. Not to be true is to be false, unless it is said of a field that has no value too."""
    field, values, inside = condition.field, condition.values, condition.inside
    if of_nulls:
        return Condition(field, values, not inside), True
    if inside and values in (frozenset([TRUE]), frozenset([FALSE])):
        opposite = FALSE if TRUE in values else TRUE
        return Condition(field, frozenset([opposite]), inside=True), False
    return Condition(field, values | {NULL} if inside else values - {NULL}, not inside), False


def in_version(text: str, version: str) -> str:
    """The condition on the fields of another data version: whoever was corrected may meet the one and not the other."""
    return _COLUMN.sub(lambda found: f'{found[0][:-1]} of {version}"', text)


def _plain(text: str) -> bool:
    """Whether it is one comparison or one column, so that NOT before it is about all of it."""
    return any(pattern.fullmatch(text) for pattern in (_EQUAL, _ONE_OF, _COLUMN))


def _bare(text: str) -> str:
    """A text without parentheses around the whole of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, character in enumerate(text[:-1]):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if place and not depth:
            return text
    return text[1:-1]


def _constant(text: str) -> str:
    return NULL if text in ("None", "NULL") else text.upper() if text[0] in "tTfF" else text
