"""What people type, as it is kept: every database can hold it, and it is not longer than anybody reads."""

from typing import Final

MOST_NAME: Final = 200
MOST_WHY: Final = 2_000
MOST_COMMENT: Final = 4_000
NO_SUCH_CHARACTER: Final = "�"


def storable(text: str) -> str:
    """The text, of the same length, without the few characters that a database cannot hold (NUL, half a pair)."""
    return "".join(
        NO_SUCH_CHARACTER if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text
    )


def one_line(text: str, *, most: int) -> str:
    """A name: no line breaks, no run of spaces, at most so many characters."""
    return " ".join(storable(text).split())[:most]


def short(text: str, *, most: int) -> str:
    """Some lines, at most so many characters."""
    return storable(text).strip()[:most]
