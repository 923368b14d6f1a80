"""Whether a change lets more through: WIDENS, NARROWS or SAME, one rule for each kind of setting.

The one thing to know before changing this: unknown means WIDENS. A setting that has no rule widens whenever it changes,
so that a new one cannot slip past the second administrator whom a widening needs.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

MOST_SHOWN: Final = 60  # letters of a value, in a line for people


class Effect(StrEnum):
    SAME = "SAME"
    NARROWS = "NARROWS"
    WIDENS = "WIDENS"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is not what it was. `subject` is whose it is, `what` its name."""

    subject: str
    what: str
    before: str
    after: str
    effect: Effect


Judge: TypeAlias = Callable[[Any, Any], Effect]


def strongest(effects: Iterable[Effect]) -> Effect:
    """The effect of several changes together: one that widens decides, then one that narrows."""
    found = set(effects)
    return next((one for one in (Effect.WIDENS, Effect.NARROWS) if one in found), Effect.SAME)


def widens(before: object, after: object) -> Effect:
    """Any change widens: nobody can say in which direction it goes."""
    return Effect.SAME if before == after else Effect.WIDENS


def words(before: object, after: object) -> Effect:
    """What people read only."""
    del before, after
    return Effect.SAME


def elsewhere(before: object, after: object) -> Effect:
    """Compared in parts somewhere else, so that it is no change by itself."""
    del before, after
    return Effect.SAME


def more_widens(before: Any, after: Any) -> Effect:
    """Greater, or later, lets more through."""
    if before == after:
        return Effect.SAME
    return Effect.WIDENS if after > before else Effect.NARROWS


def less_widens(before: Any, after: Any) -> Effect:
    """Smaller, or earlier, lets more through."""
    return more_widens(after, before)


def longer_widens(before: Collection[Any], after: Collection[Any]) -> Effect:
    """Whatever is on the list and was not lets more through. Order means nothing."""
    if set(after) - set(before):
        return Effect.WIDENS
    return Effect.NARROWS if set(before) - set(after) else Effect.SAME


def shorter_widens(before: Collection[Any], after: Collection[Any]) -> Effect:
    """Whatever was on the list and is not lets more through."""
    return longer_widens(after, before)


def changes(subject: str, before: Any, after: Any, judges: Mapping[str, Judge]) -> Iterator[Change]:
    """Each setting of two values of one dataclass that differs, by its rule; without a rule it widens."""
    assert is_dataclass(before)
    for one in fields(before):
        was, now, judge = getattr(before, one.name), getattr(after, one.name), judges.get(one.name, widens)
        if was != now and judge is not elsewhere:
            yield Change(subject, one.name, shown(was), shown(now), judge(was, now))


def appears(subject: str, what: str, before: object, after: object) -> Change:
    """Something that is new, which widens, or gone, which narrows; one of the two is None."""
    was, now = ("nothing" if one is None else "there" for one in (before, after))
    return Change(subject, what, was, now, Effect.NARROWS if after is None else Effect.WIDENS)


def shown(value: object) -> str:
    """A value in a line for people, cut where it is long."""
    text = _text(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(one)}" for key, one in value.items())
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(_text(one) for one in value)) or "nothing"
    if isinstance(value, tuple | list):
        return ", ".join(_text(one) for one in value) or "nothing"
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        return ", ".join(f"{one.name} {_text(getattr(value, one.name))}" for one in fields(value))
    return str(value)
