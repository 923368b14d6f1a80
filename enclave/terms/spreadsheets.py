"""Texts as no spreadsheet runs them, in files of values between commas."""

import re
from typing import Final

FORMULA: Final = "=+\\-@＝＋－＠"
BEGINS: Final = re.compile(rf"[{FORMULA}\t\r\n]")
WITHIN: Final = re.compile(rf"([;|\t\r\n])(?=[{FORMULA}])")
"""Where commas are decimal points files are cut at semicolons, whatever stands in quotes: a cell begins there."""
PLAIN: Final = re.compile(r"[+-]?\d+(?:\.\d+)?|-\d{4,}-\d\d-\d\d(?:T[\d:.+]+)?")
"""Numbers, and moments before the year 0."""


def inert(text: str) -> str:
    """The text with an apostrophe before whatever would run. A plain number stays as it is, and so does a moment."""
    runs = BEGINS.match(text) is not None and PLAIN.fullmatch(text) is None
    within = WITHIN.sub(_quoted, text)
    return f"'{within}" if runs else within


def _quoted(found: re.Match[str]) -> str:
    return f"{found[1]}'"
