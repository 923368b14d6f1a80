"""The nearest valid choice for a word that is not one."""

from collections.abc import Iterable
from difflib import get_close_matches

SIMILAR_ENOUGH = 0.6  # difflib's own default; lower offers words that nobody meant


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like `word`, upper and lower case alike, or None when nothing is near."""
    by_folded = {choice.casefold(): choice for choice in choices}
    found = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=SIMILAR_ENOUGH)
    if found:
        return by_folded[found[0]]
    return _beginning(word.casefold(), by_folded)


def _beginning(word: str, by_folded: dict[str, str]) -> str | None:
    """The one choice that begins with the word: "automatic" for "automatic_if_clear"."""
    beginning = [choice for folded, choice in by_folded.items() if word and folded.startswith(word)]
    return beginning[0] if len(beginning) == 1 else None


def did_you_mean(word: str, choices: Iterable[str], *, quoted: bool = True) -> str:
    """` Did you mean "x"?` with a space before it, or nothing."""
    choice = nearest(word, choices)
    if choice is None:
        return ""
    return f' Did you mean "{choice}"?' if quoted else f" Did you mean {choice}?"
