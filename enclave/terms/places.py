"""Places in a reader's own text, and changes that would mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the reader's text.

    `start` and `end` are character offsets, end exclusive; `line` and `column` count from 1.
    """

    start: int
    end: int
    line: int
    column: int
    text: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "Span":
        """The span of `text[start:end]`."""
        before = text[:start]
        newline = before.rfind("\n")
        return cls(start, end, before.count("\n") + 1, start - newline, text[start:end])


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from `start` to `end` (exclusive) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change to the reader's text which would mend the problem; without edits it is advice."""

    title: str
    edits: tuple[Edit, ...] = ()

    def apply(self, text: str) -> str:
        """The text with all edits made. Edits must not overlap."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text
