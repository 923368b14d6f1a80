"""A place in a row of tokens, which only moves forward."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from enclave.query.tokens import Kind, Token

# Words that are no names unless they stand in double quotes.
CLAUSES = frozenset(
    """select from where group having qualify order limit offset window with union except intersect on
    using join left right full inner cross natural semi anti as by when then else end case and or not
    in is between like ilike distinct values asc desc nulls rows range groups filter over escape
    preceding following for set into any some all pivot unpivot""".split()  # noqa: SIM905 - a list of words reads better as one
)


Part = tuple[int, int]
"""From this token to before that one."""


@dataclass(frozen=True, slots=True)
class PivotStatement:
    """Where the parts of a PIVOT or UNPIVOT statement stand: `names` is what INTO NAME gives, `groups` GROUP BY."""

    start: int
    end: int
    unpivots: bool
    table: Part
    columns: tuple[Part, ...]
    values: Part
    names: Part | None
    groups: Part | None


class Elsewhere(Exception):
    """The text goes on in a way that is not known."""


class Cursor:
    """A place in the tokens, moved forward by what is read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.statements: list[PivotStatement] = []
        self.pivoted: list[
            tuple[int, int]
        ] = []  # where a PIVOT stands, and how many values its lists make together

    def sees(self, *values: str, ahead: int = 0) -> bool:
        """Whether the next token is one of these words or marks."""
        place = self.at + ahead
        if place >= len(self.tokens):
            return False
        token = self.tokens[place]
        return token.value in values and token.kind in (Kind.WORD, Kind.MARK)

    def takes(self, *values: str) -> bool:
        """Read the next token if it is one of these."""
        if self.sees(*values):
            self.at += 1
            return True
        return False

    def needs(self, *values: str) -> None:
        """Read these tokens, in this order."""
        for value in values:
            if not self.takes(value):
                raise Elsewhere

    def is_kind(self, *kinds: Kind, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.tokens) and self.tokens[place].kind in kinds

    def takes_kind(self, *kinds: Kind) -> bool:
        if self.is_kind(*kinds):
            self.at += 1
            return True
        return False

    def is_name(self) -> bool:
        return self.is_kind(Kind.QUOTED) or (self.is_kind(Kind.WORD) and not self.sees(*CLAUSES))

    def name(self) -> None:
        if not self.is_name():
            raise Elsewhere
        self.at += 1

    def listed(self, item: Callable[["Cursor"], None]) -> None:
        item(self)
        while self.takes(","):
            item(self)

    def bracketed(self, inside: Callable[["Cursor"], None]) -> None:
        self.needs("(")
        inside(self)
        self.needs(")")
