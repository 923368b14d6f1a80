"""Names that a reader may have meant: one that is spelled nearly so, or those of which the word is a part."""

from collections.abc import Iterable
from difflib import get_close_matches

_SPELLED_ALIKE = 0.8
_SOMEWHAT_ALIKE = 0.7  # below it the names of other things are nearer than those of the same
MOST_NAMES = 4


def near_names(word: str, names: Iterable[str]) -> list[str]:
    """The likeliest first, four at the most. `census` means many tables, `fsm` the fields that begin with it."""
    word, known = word.lower(), sorted(set(names))
    alike = get_close_matches(word, known, n=1, cutoff=_SPELLED_ALIKE)
    parts = [name for name in known if word in name.lower().split("_")]
    parts.sort(key=lambda name: not name.lower().startswith(word))
    return alike or parts[:MOST_NAMES] or get_close_matches(word, known, n=1, cutoff=_SOMEWHAT_ALIKE)


def did_you_mean(names: list[str]) -> str:
    """A sentence to stand behind another; nothing without names."""
    if not names:
        return ""
    *first, last = names
    return f" Did you mean {', '.join(first)} or {last}?" if first else f" Did you mean {last}?"
