"""Holds what leaves against what the oracle allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.oracle.judge import Cell, Leaf, Protect, SafeCell, answer, protected
from tests.oracle.rules import Rules, Verdict
from tests.oracle.tree import Agg, Query, render
from tests.oracle.values import Value
from tests.oracle.world import World
from tests.support.answers import Answered, Ask
from tests.support.tables import same_rows, same_value


@dataclass
class Tally:
    """How the numbers of many answers fared. `wrong` is what must never happen, in words."""

    questions: int = 0
    released: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    shown: int = 0
    hidden_rightly: int = 0
    hidden_though_allowed: int = 0
    by_order: int = 0  # answers that show less than they do after their leaves
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # allowed and not there

    def add(self, other: "Tally") -> None:
        self.questions += other.questions
        self.released += other.released
        self.shown += other.shown
        self.hidden_rightly += other.hidden_rightly
        self.hidden_though_allowed += other.hidden_though_allowed
        self.by_order += other.by_order
        for code, times in other.refused.items():
            self.refused[code] = self.refused.get(code, 0) + times

    def summary(self) -> str:
        """One line for whoever wants to know how useful the answers are."""
        allowed = self.shown + self.hidden_though_allowed
        return (
            f"{self.released} of {self.questions} questions released, refused {self.refused}; "
            f"{self.hidden_though_allowed} of {allowed} numbers hidden though allowed, "
            f"{self.hidden_rightly} hidden rightly"
        )

    def refuse(self, found: Answered) -> None:
        code = found.code or found.status
        self.refused[code] = self.refused.get(code, 0) + 1


def check(question: Query, world: World, rules: Rules, ask: Ask, tally: Tally) -> None:
    """Ask a question, and its leaves one by one, and hold each number shown against the rules.

    A leaf's numbers are judged. What ordinary SQL makes of them afterwards must follow from the leaves as they were
    shown, so that nothing below the protection can reach the answer by another way. What is hidden may hang on what was
    shown before (a lifetime that one number less has used up), and the leaves were asked after the question: where they
    differ the question is asked once more, after its leaves, and then they may not.
    """
    tally.questions += 1
    found = ask(question)
    if not found.released:
        tally.refuse(found)
        return
    tally.released += 1
    alone: dict[int, list[SafeCell]] = {}
    expected = answer(question, world, rules, _asking(ask, tally, alone))
    if not alone_complete(expected.leaves, alone):
        return
    if same_rows(found.rows, expected.rows, ordered=bool(question.order)):
        return
    again = ask(question)
    if again.released and same_rows(again.rows, expected.rows, ordered=bool(question.order)):
        tally.by_order += 1
    else:
        tally.wrong.append(
            f"not what its leaves give:\n{render(question)}\n  shown    {found.rows}\n  expected {expected.rows}"
        )


def alone_complete(leaves: tuple[Leaf, ...], alone: Mapping[int, list[SafeCell]]) -> bool:
    return all(id(leaf) in alone for leaf in leaves)


def _asking(ask: Ask, tally: Tally, alone: dict[int, list[SafeCell]]) -> Protect:
    """Protection as the product does it: each leaf asked by itself."""

    def protect(leaf: Leaf) -> list[SafeCell]:
        found = ask(leaf.query)
        if not found.released:
            tally.wrong.append(f"a leaf alone is {found.code or found.status}: {render(leaf.query)}")
            return protected(Verdict.MAY)(leaf)
        alone[id(leaf)] = judged(leaf, found, tally)
        return alone[id(leaf)]

    return protect


def judged(leaf: Leaf, found: Answered, tally: Tally) -> list[SafeCell]:
    """The cells of a leaf as they left, each number held against its verdict and its true value."""
    keys, numbers = len(leaf.query.keys), [item for item, _ in leaf.query.items[len(leaf.query.keys) :]]
    aggs = [item for item in numbers if isinstance(item, Agg)]
    missing = list(leaf.cells)
    shown: list[SafeCell] = []
    for row, marks in zip(found.rows, found.shown, strict=True):
        cell = _cell_of(row, missing, keys, aggs)
        if cell is None:
            tally.wrong.append(f"a row that is not there: {row} of {render(leaf.query)}")
            continue
        missing.remove(cell)
        shown.append((cell.keys, dict(zip(aggs, row[keys:], strict=True))))
        if leaf.query.keys:
            _hold_cell(leaf, cell, tally)
        for agg, value, ok in zip(aggs, row[keys:], marks[keys:], strict=True):
            _hold(leaf, cell, agg, value, ok, tally)
    for cell in missing:
        for agg in aggs:
            _hold(leaf, cell, agg, None, False, tally)
    return shown


def _cell_of(row: tuple[Value, ...], cells: list[Cell], keys: int, aggs: list[Agg]) -> Cell | None:
    """The cell of a row. A null key and a total look alike: of several, the one with the numbers shown."""
    like = [
        cell for cell in cells if all(same_value(a, b) for a, b in zip(cell.keys, row[:keys], strict=True))
    ]
    for cell in like:
        pairs = zip(aggs, row[keys:], strict=True)
        if all(value is None or same_value(cell.values[agg], value) for agg, value in pairs):
            return cell
    return like[0] if like else None


def _hold_cell(leaf: Leaf, cell: Cell, tally: Tally) -> None:
    if cell.ruling.verdict is Verdict.MUST_NOT:
        tally.wrong.append(f"a cell on {cell.ruling.why}: {cell.keys} of {render(leaf.query)}")


def _hold(leaf: Leaf, cell: Cell, agg: Agg, value: Value, shown: bool, tally: Tally) -> None:
    verdict = cell.verdict(agg)
    why = cell.ruling.why or cell.rulings[agg].why
    if not shown and cell.values[agg] is None and cell.ruling.verdict is Verdict.MAY:
        return  # a null that is there and one that hides something look alike
    if not shown:
        if verdict is Verdict.MAY:
            tally.hidden_though_allowed += 1
            tally.lost.append(f"not shown: {agg} in {cell.keys} of {render(leaf.query)}")
        else:
            tally.hidden_rightly += 1
        return
    tally.shown += 1
    if verdict is Verdict.MUST_NOT:
        tally.wrong.append(f"shown on {why}: {agg} = {value} in {cell.keys} of {render(leaf.query)}")
    if not same_value(cell.values[agg], value):
        tally.wrong.append(
            f"{agg} is {value}, not {cell.values[agg]}, in {cell.keys} of {render(leaf.query)}"
        )
