"""What a table adds up to: judged before its cells, so that it may be shown whenever somebody asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.ledger.members import MemberKey
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode
from tests.support.ledger_leaf import (
    LIMITS,
    SUM,
    Leaf,
    Row,
    Shelf,
    asking,
    measure,
    members,
    remembered,
    row,
)

SCHOOL = MemberKey("o", "school", hidden=False)
AREA = MemberKey("k", "area", hidden=False)
MEALS = MemberKey("h", "meals", hidden=True)
AREAS = {"A": "north", "B": "north", "C": "north", "D": "south"}
SIZES = {"A": 40, "B": 30, "C": 6, "D": 25}


def people(sizes: Mapping[str, int] = SIZES) -> list[Row]:
    rows: list[Row] = []
    for school, size in sizes.items():
        rows += [
            row(len(rows) + one, school=school, o=school, k=AREAS[school], h=one % 2 == 0)
            for one in range(size)
        ]
    return rows


def by(key: MemberKey, *, mean: bool = False, sizes: Mapping[str, int] = SIZES) -> tuple[Leaf, list[int]]:
    """A table by schools or by areas, and which of its cells are too small."""
    rows = people(sizes)
    names = list(dict.fromkeys(one[key.column] for one in rows))
    numbers = (measure("m", families=("score",), kinds=(SUM,)),) if mean else ()
    how = members(key, kinds=(), numbers=numbers, definition=f"by {key.text} {mean}")
    few = [int(sum(one[key.column] == name for one in rows) < 10) for name in names]
    return Leaf(how, rows, [{key.column: name} for name in names]), few


def judged(session: LedgerSession, leaf: Leaf, few: Sequence[int]) -> LedgerVerdict:
    raw, _, _ = leaf.tables
    codes = np.array(few, dtype=np.int8)
    measures = {one.column: np.zeros(len(codes), dtype=np.int8) for one in leaf.members.numbers}
    return session.judge(raw, leaf.read(), primary=(codes, measures))


def asked(session: LedgerSession, leaf: tuple[Leaf, list[int]]) -> tuple[LedgerVerdict, list[bool]]:
    """The verdict, and which cells are shown."""
    session.publish((), "pupil", AREAS)
    verdict = judged(session, leaf[0], leaf[1])
    return verdict, [not few and not code for few, code in zip(leaf[1], verdict.cells.tolist(), strict=True)]


@pytest.mark.parametrize("mean", [False, True])
def test_beside_a_hidden_school_a_second_goes_and_the_area_is_shown(mean: bool) -> None:
    """The six of school C would be the area's total less the two schools that are shown."""
    shelf = Shelf()
    first = asking(remembered(shelf))
    assert asked(first, by(SCHOOL, mean=mean))[1] == [True, False, False, True]
    later = asking(remembered(shelf, *first.numbers))
    verdict, shown = asked(later, by(AREA, mean=mean))
    assert shown == [True, True]
    assert [codes.tolist() for codes in verdict.measures.values()] == ([[0, 0]] if mean else [])


def test_schools_that_leave_enough_stay() -> None:
    """Two small schools of the area have twelve between them."""
    sizes = {"A": 40, "B": 30, "C": 9, "D": 25} | {"E": 8}
    areas = AREAS | {"E": "north"}
    rows = people({name: size for name, size in sizes.items() if name != "E"})
    rows += [row(len(rows) + one, school="E", o="E", k="north", h=True) for one in range(8)]
    leaf = Leaf(members(SCHOOL, kinds=()), rows, [{"o": name} for name in sizes])
    session = asking(remembered(Shelf()))
    session.publish((), "pupil", areas)
    assert judged(session, leaf, [0, 0, 1, 0, 1]).cells.tolist() == [0, 0, 0, 0, 0]


def test_the_second_school_is_the_smallest_in_every_table() -> None:
    """Of girls and boys apart too, though one school has fewer girls and the other fewer boys."""
    rows = [
        *(row(one, school="A", o="A", g=one < 25) for one in range(60)),
        *(row(100 + one, school="B", o="B", g=one < 35) for one in range(50)),
        *(row(200 + one, school="C", o="C", g=one < 3) for one in range(6)),
    ]
    gender = MemberKey("g", "gender", hidden=False)
    cells = [{"o": school, "g": girls} for school in "ABC" for girls in (False, True)]
    session = asking(remembered(Shelf()))
    session.publish((), "pupil", AREAS)
    verdict = judged(session, Leaf(members(SCHOOL, gender, kinds=()), rows, cells), [0, 0, 0, 0, 1, 1])
    assert [bool(code) for code in verdict.cells.tolist()] == [False, False, True, True, False, False]


@pytest.mark.parametrize("with_meals", [0, 3, 9])
def test_which_school_goes_does_not_follow_from_hidden_codes(with_meals: int) -> None:
    """The area's total is in sight. How many of the nine have meals is not, and nobody may be one of them."""
    rows = [one for one in people() if one["s"] != "C"]
    rows += [row(900 + one, school="C", o="C", k="north", h=one < with_meals) for one in range(9)]
    cells = [{"o": school, "h": meals} for school in "ABD" for meals in (True, False)]
    session = asking(remembered(Shelf()))
    session.publish((), "pupil", AREAS)
    verdict = judged(session, Leaf(members(SCHOOL, MEALS), rows, cells), [0] * len(cells))
    assert [bool(code) for code in verdict.cells.tolist()] == [False, False, True, False, False, False]


# Tables that codes with hidden zeros divide

PHASE = MemberKey("p", "phase", hidden=False)
TONGUE = Kind("code:pupil.tongue", fixed=False)
ORIGIN = Kind("code:pupil.origin", fixed=False)
LANGUAGE = MemberKey("t", '"pupil.tongue"', hidden=True, kinds=(TONGUE,))
GROUP = MemberKey("g", '"pupil.origin"', hidden=True, kinds=(ORIGIN,))
TONGUES = ("english", "other", "unknown")


def listing(**codes: Sequence[str]) -> Limits:
    """With these codes published, and no other."""
    found = {
        f"pupil.{name}": FieldCodes(tuple(ListedCode(repr(one)) for one in some), nulls=False)
        for name, some in codes.items()
    }
    return replace(LIMITS, codes=found.get)


LISTED = listing(tongue=TONGUES, origin=("first", "second", "third"))


def speakers(unknown: int) -> list[Row]:
    """Three phases of thirty English and twenty others in three schools each; of the first, so many are not known."""
    tongues = {"first": (30, 20, unknown), "second": (30, 20, 15), "third": (30, 20, 15)}
    rows: list[Row] = []
    for phase, counts in tongues.items():
        for tongue, count in zip(TONGUES, counts, strict=True):
            for one in range(count):
                school = f"{phase}{one % 3}"
                rows.append(row(len(rows), school=school, p=phase, g=phase, t=tongue))
    return rows


def of_speakers(unknown: int, *keys: MemberKey) -> tuple[Leaf, list[int]]:
    """A table by these keys, and which of its cells are too small; of nobody there is no cell."""
    rows = speakers(unknown)
    names = list(dict.fromkeys(tuple(one[key.column] for key in keys) for one in rows))
    cells = [dict(zip((key.column for key in keys), name, strict=True)) for name in names]
    kinds = tuple(kind for key in keys for kind in key.kinds)
    how = members(*keys, kinds=kinds, definition=f"by {[key.text for key in keys]}")
    few = [int(sum(tuple(one[key.column] for key in keys) == name for one in rows) < 10) for name in names]
    return Leaf(how, rows, cells), few


def languages(of: MemberKey, unknown: int, *, after: bool) -> dict[tuple[object, object], bool]:
    """What is shown of languages by phase or by group, before or after the phases or groups themselves; with these."""
    shelf, found = Shelf(), dict[tuple[object, object], bool]()
    tables = [of_speakers(unknown, of, LANGUAGE), of_speakers(unknown, of)]
    told: list[LedgerNumber] = []
    for leaf, few in reversed(tables) if after else tables:
        session = asking(remembered(shelf, *told), limits=LISTED)
        _, shown = asked(session, (leaf, few))
        told += session.numbers
        for cell, is_shown in zip(leaf.cells, shown, strict=True):
            found[cell[of.column], cell.get("t")] = is_shown
    return found


@pytest.mark.parametrize("of", [PHASE, GROUP])
@pytest.mark.parametrize("unknown", [0, 1, 9, 12])
def test_the_whole_that_a_hidden_code_divides_is_shown_in_any_order(of: MemberKey, unknown: int) -> None:
    """All of the first phase less those of English and of other languages would be those of no known one."""
    first, later = (languages(of, unknown, after=after) for after in (False, True))
    assert first == later
    assert all(shown for (_, tongue), shown in first.items() if tongue is None)
    enough = unknown >= 10
    assert [first.get(("first", one), False) for one in TONGUES] == [True, enough, enough]
    assert all(first[other, one] for other in ("second", "third") for one in TONGUES[:2])
    assert of is GROUP or all(first[other, "unknown"] for other in ("second", "third"))


@pytest.mark.parametrize("of", [PHASE, GROUP])
def test_nobody_of_a_hidden_code_looks_like_a_few(of: MemberKey) -> None:
    """Else that both languages are shown would say that everybody's is known."""
    nobody, nine = (languages(of, unknown, after=False) for unknown in (0, 9))
    assert nobody == {cell: shown for cell, shown in nine.items() if cell != ("first", "unknown")}
    assert not nine["first", "unknown"]


def test_a_whole_that_is_certain_hides_nothing() -> None:
    """Where the published codes have no third, the two of them are everybody."""
    leaf, few = of_speakers(0, PHASE, LANGUAGE)
    rows = [one for one in leaf.rows if one["t"] != "unknown"]
    cells = [cell for cell in leaf.cells if cell["t"] != "unknown"]
    session = asking(remembered(Shelf()), limits=listing(tongue=TONGUES[:2]))
    assert asked(session, (replace(leaf, rows=rows, cells=cells), few[: len(cells)]))[1] == [True] * 6
