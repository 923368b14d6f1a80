"""In which order cells are judged, and so which of them goes: by what everybody can see, never by who has a code."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from enclave.disclosure.ledger.coarseness import Coarseness
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.members import MemberKey
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode, place_in_list
from enclave.query.published_codes import BOOLEAN
from tests.support.ledger_leaf import LIMITS, Leaf, Row, Shelf, asking, members, remembered, row

YEAR = MemberKey("y", "year", hidden=False)
GROUP = MemberKey("g", '"pupil.origin"', hidden=True, kinds=(Kind("code:pupil.origin", fixed=False),))
CODES = ("WHIT", "MIXD", "ASIA", "AOEG", "UNCL")
"""As they are published: what is other and what is not known come last."""
SIZES = (400, 60, 90, 30)
"""Of all codes but the last."""
T = LIMITS.min_units
Cell = tuple[object, ...]


def with_codes(codes: Sequence[str], *, nulls: bool = False) -> Limits:
    listed = FieldCodes(tuple(ListedCode(repr(one)) for one in codes), nulls=nulls)
    return replace(LIMITS, codes={"pupil.origin": listed}.get)


def people(sizes: Sequence[int], few: int) -> list[Row]:
    """Of two years and three schools: in the first year so few have the last code, in the second enough."""
    rows: list[Row] = []
    for year, of_last in (("first", few), ("second", 2 * T)):
        for code, size in zip(CODES, (*sizes, of_last), strict=True):
            rows += [row(len(rows) + one, school="ABC"[one % 3], y=year, g=code) for one in range(size)]
    return rows


def table(rows: Sequence[Row], *keys: MemberKey) -> Leaf:
    cells = list(dict.fromkeys(tuple(one[key.column] for key in keys) for one in rows))
    kinds = tuple(kind for key in keys for kind in key.kinds)
    how = members(*keys, kinds=kinds, definition=f"by {[key.text for key in keys]}")
    return Leaf(how, rows, [dict(zip((key.column for key in keys), cell, strict=True)) for cell in cells])


def shown(leaf: Leaf, limits: Limits) -> dict[Cell, bool]:
    """Which cells of a table are shown, before a ledger that knows nothing."""
    return shown_by(asking(remembered(Shelf()), limits=limits), leaf)


def shown_by(session: LedgerSession, leaf: Leaf) -> dict[Cell, bool]:
    keys = [key.column for key in leaf.members.keys]
    names = [tuple(cell[key] for key in keys) for cell in leaf.cells]
    sizes = [
        len({one["u"] for one in leaf.rows if tuple(one[key] for key in keys) == name}) for name in names
    ]
    raw, _, _ = leaf.tables
    few = np.array([size < T for size in sizes], dtype=np.int8)
    verdict = session.judge(raw, leaf.read(), primary=(few, {}))
    hidden = (few > 0) | (verdict.cells > 0)
    return {name: not gone for name, gone in zip(names, hidden.tolist(), strict=True)}


def hidden_in(found: Mapping[Cell, bool], year: str) -> set[object]:
    return {code for (of, code), is_shown in found.items() if of == year and not is_shown}


@pytest.mark.parametrize("few", [1, T - 1])
def test_the_code_that_stands_last_in_its_list_goes_and_the_largest_stays(few: int) -> None:
    """`WHIT` is the last by its name."""
    found = shown(table(people(SIZES, few), YEAR, GROUP), with_codes(CODES))
    assert hidden_in(found, "first") == {"AOEG", "UNCL"}
    assert hidden_in(found, "second") == set()


def test_that_nobody_has_the_last_code_takes_the_same_one() -> None:
    found = shown(table(people(SIZES, 0), YEAR, GROUP), with_codes(CODES))
    assert hidden_in(found, "first") == {"AOEG"}


def test_of_a_field_without_a_list_the_last_by_name_goes() -> None:
    """No whole is certain then, so that in the other year something goes as well."""
    found = shown(table(people(SIZES, 3), YEAR, GROUP), LIMITS)
    assert hidden_in(found, "first") == {"WHIT", "UNCL"}


@pytest.mark.parametrize("unlisted", [None, "AAAA", "O'NE"])
def test_what_is_in_no_list_goes_before_what_is(unlisted: str | None) -> None:
    rows = people(SIZES, 3)
    rows = [{**one, "g": unlisted} if one["g"] == "MIXD" else one for one in rows]
    found = shown(table(rows, YEAR, GROUP), with_codes(CODES, nulls=True))
    assert hidden_in(found, "first") == {unlisted, "UNCL"}


# What it tells


def worlds(count: int = 12) -> Iterator[list[Row]]:
    """Of the same people in sight: who has which code is thrown anew, and how few have the last."""
    for seed in range(count):
        dice = random.Random(seed)
        sizes, few = list(SIZES), dice.randrange(1, T)
        sizes[0] += T - few
        for _ in range(20):
            one, other = dice.sample(range(len(sizes)), 2)
            moved = dice.randrange(max(1, sizes[one] - T))
            sizes[one], sizes[other] = sizes[one] - moved, sizes[other] + moved
        yield people(sizes, few)


def patterns() -> set[frozenset[Cell]]:
    """What an attacker sees of these worlds, that is which cells are shown."""
    limits = with_codes(CODES)
    found = [shown(table(rows, YEAR, GROUP), limits) for rows in worlds()]
    return {frozenset(cell for cell, is_shown in one.items() if is_shown) for one in found}


def test_which_code_goes_tells_nothing_of_who_has_which() -> None:
    assert len(patterns()) == 1


def test_by_how_many_have_it_the_code_that_goes_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_size(self: Coarseness, cell: int) -> tuple[int, str]:
        return -self.table.units_in(cell, self.table.members.counting), self.table.name(cell)

    monkeypatch.setattr(Coarseness, "of", by_size)
    assert len(patterns()) > 1


def test_the_same_goes_whenever_it_is_asked() -> None:
    """In whatever order rows and cells come from the engine, and whichever key is written first."""
    first = shown(table(people(SIZES, 3), YEAR, GROUP), with_codes(CODES))
    for seed in range(4):
        rows = people(SIZES, 3)
        random.Random(seed).shuffle(rows)
        assert shown(table(rows, YEAR, GROUP), with_codes(CODES)) == first
        turned = shown(table(rows, GROUP, YEAR), with_codes(CODES))
        assert {(year, code): is_shown for (code, year), is_shown in turned.items()} == first


@pytest.mark.parametrize("seed", range(8))
def test_what_the_shown_codes_leave_of_a_year_is_never_of_a_few(seed: int) -> None:
    """Some people stand twice in a year, with another code: what one code leaves may be fewer people than it has."""
    dice = random.Random(seed)
    rows = people([dice.randrange(T, 40) for _ in SIZES], dice.randrange(T))
    twice = dice.sample(rows, len(rows) // 3)
    rows += [{**one, "g": dice.choice(CODES[:-1])} for one in twice]
    found = shown(table(rows, YEAR, GROUP), with_codes(CODES))
    assert any(found.values())
    for year in ("first", "second"):
        left = {one["u"] for one in rows if one["y"] == year and not found[year, one["g"]]}
        assert not left or len(left) >= T


EXPRESSION = replace(
    GROUP, text="CASE \"pupil.origin\" WHEN 'WHIT' THEN 'y' ELSE lower(\"pupil.origin\") END"
)
"""A key of the reader's own, of which there is no list: the last by its name is another."""


@pytest.mark.parametrize("few", [0, 3])
@pytest.mark.parametrize("totals", ["first", "between", "last"])
@pytest.mark.parametrize("how", [GROUP, EXPRESSION], ids=["another list", "an expression"])
def test_another_order_takes_no_second_code(how: MemberKey, totals: str, few: int) -> None:
    """The catalogue has another order one day, or the same is asked in other words: what went stays away."""
    rows, shelf, told, known = people(SIZES, few), Shelf(), list[LedgerNumber](), set[Cell]()
    asks = [(table(rows, YEAR, GROUP), CODES), (again(rows, how), CODES[::-1])]
    asks.insert(("first", "between", "last").index(totals), (table(rows, YEAR), CODES))
    for leaf, codes in asks:
        session = asking(remembered(shelf, *told), limits=with_codes(codes))
        known |= {cell for cell, is_shown in shown_by(session, leaf).items() if is_shown}
        told += session.numbers
    assert ("first",) in known
    left = [one for one in rows if one["y"] == "first" and ("first", one["g"]) not in known]
    assert len(left) >= T


def again(rows: Sequence[Row], key: MemberKey) -> Leaf:
    leaf = table(rows, YEAR, key)
    return replace(leaf, members=replace(leaf.members, definition="in other words"))


# Places in lists

LISTS = {
    "t.word": FieldCodes((ListedCode("'b'"), ListedCode("'it''s'"), ListedCode("'a'")), nulls=True),
    "t.flag": FieldCodes(BOOLEAN, nulls=True),
    "t.number": FieldCodes((ListedCode("2"), ListedCode("10")), nulls=False),
    "t.free": FieldCodes(None, nulls=True),
}
PLACES: Sequence[tuple[str, object, int]] = (
    ('"t.word"', "b", 0),
    ('"t.word #2"', "a", 2),
    ('"t.word of v2"', "a", 2),
    ('"t.word"', "c", 3),
    ('"t.word"', None, 3),
    ('"t.word"', "it's", 3),
    ('"t.flag"', False, 0),
    ('"t.flag"', True, 1),
    ('"t.flag"', None, 2),
    ('"t.number"', 10, 1),
    ('"t.free"', "b", 0),
    ('"t.unknown"', "b", 0),
    ("CASE WHEN \"t.word\" = 'b' THEN 'x' ELSE 'y' END", "x", 0),
)


@pytest.mark.parametrize(("field", "value", "place"), PLACES)
def test_the_place_of_a_code_in_its_list(field: str, value: object, place: int) -> None:
    """Past its end is what it has not, or what is not plainly one of its codes; without a list all are alike."""
    find: Callable[[str], FieldCodes | None] = LISTS.get
    assert place_in_list(field, value, find) == place
