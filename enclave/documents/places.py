"""Where something stands in a policy file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one line of a file. `line` and `column` count characters from 1; line 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    source: str = ""
