"""How hard a text is to read, by a formula.

Source:
    Kincaid and others, Derivation of new readability formulas (1975): grade = 0.39 words per sentence + 11.8 syllables
    per word - 15.59. A pupil in grade g is about g + 5 years old.
"""

import re
from typing import Final

PER_SENTENCE, PER_WORD, LESS, FIRST_GRADE_AGE = 0.39, 11.8, 15.59, 5
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’]*")
_VOWELS: Final = re.compile(r"[aeiouy]+")


def reading_age(text: str) -> float:
    """The age at which most can read the text. A line is a sentence at least, and so is what ends in . ! ? or :"""
    sentences = [one for one in re.split(r"[.!?:\n]+", text) if _WORD.search(one)]
    words = _WORD.findall(text)
    if not words:
        return 0.0
    syllables = sum(map(_syllables, words))
    return (
        PER_SENTENCE * len(words) / len(sentences)
        + PER_WORD * syllables / len(words)
        - LESS
        + FIRST_GRADE_AGE
    )


def _syllables(word: str) -> int:
    """Groups of vowels, without a last silent e."""
    word = word.lower().replace("’", "").replace("'", "")
    found = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee", "ye")) and found > 1:
        found -= 1
    if word.endswith("ed") and not word.endswith(("ted", "ded")) and found > 1:
        found -= 1
    return max(1, found)
