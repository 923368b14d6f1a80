"""One question's look into the ledger: its leaves are judged one after the other, each beside those before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from enclave.disclosure.asked import Cells
from enclave.disclosure.columns import plain
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.judge import Book, LedgerVerdict, judge_leaf
from enclave.disclosure.ledger.linear import Finding
from enclave.disclosure.ledger.members import Members
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.numbers import Labels, LedgerNumber
from enclave.disclosure.ledger.pairs import PairJudge
from enclave.disclosure.ledger.reading import Reader, read_members
from enclave.disclosure.ledger.structure import Structure
from enclave.disclosure.ledger.systems import Systems
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import Codes


@dataclass(slots=True)
class LedgerSession:
    """What one question has been judged against, and what its answer shows so far."""

    memory: Memory
    limits: Limits
    data_version: str
    structures: dict[str, Structure]
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        """Systems are those that the memory keeps, copied where this question adds to them."""
        if self.memory.systems is None:
            self.memory.systems = Systems(self.memory, self.structures, self.limits)
        systems = Systems(self.memory, self.structures, self.limits, self.memory.systems)
        self.book = Book(
            self.memory.known, self.memory.population_of, systems, self.limits, self.memory.equals
        )

    @property
    def numbers(self) -> Sequence[LedgerNumber]:
        """Everything that the answer shows, to be reserved."""
        return tuple(self.book.own)

    def publish(self, margins: Iterable[CensusMargins]) -> None:
        """Judge beside these standard margins from now on, in this question and in all after it."""
        self.memory.headcounts.publish(margins, self.memory.known)

    def judge(
        self,
        raw: Raw,
        table: Raw,
        cells: Cells,
        members: Members,
        *,
        primary: tuple[Codes, Mapping[str, Codes]],
        persons: Labels | None,
    ) -> LedgerVerdict:
        """Judge one leaf. `table` is its members table; `primary` what the primary rules hide, in the raw order;
        `persons` the number of the person behind each key, where keys differ between data versions.

        Raises:
            BrokenPromise: a table is not what it should be.
        """
        memory = self.memory
        memory.headcounts.enter(self.structures.values(), memory.known, min_units=self.limits.min_units)
        reader = Reader(read_members(raw, table, cells, members, persons), self.data_version)
        by_cell, by_measure = primary
        return judge_leaf(reader, by_cell, by_measure, self.book)

    def all_clear(self, numbers: Sequence[LedgerNumber]) -> bool:
        """Whether these numbers, judged before, may still all be shown, beside what is known now."""
        judge = PairJudge(
            numbers,
            self.memory.known,
            self.memory.population_of,
            min_units=self.limits.min_units,
        )
        for position, number in enumerate(numbers):
            if self.memory.known.knows(number.identity):
                continue
            if judge.finding(position) is not None:
                return False
            if self.book.systems.judge(number) is not Finding.CLEAR:
                return False
            judge.show(position)
            self.book.systems.add(number)
        return True


def censuses_in(table: Raw, columns: Sequence[str]) -> pa.Table:
    """The distinct censuses of a members table: years and terms, the same for everybody."""
    found = table.reveal()
    distinct = found.select(list(columns)).group_by(list(columns)).aggregate([])
    return pa.table({name: plain(distinct, name) for name in columns})
