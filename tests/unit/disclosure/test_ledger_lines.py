"""Lines of a table: what is counted before anybody is looked at says the same as looking."""

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from enclave.disclosure.ledger.covering import Covering
from enclave.disclosure.ledger.lines import Line, Lines
from enclave.disclosure.ledger.members import Counting, MemberKey
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode
from tests.support.ledger_leaf import EVERYBODY, Leaf, Row, members, row

GROUP = MemberKey("k", "group", hidden=False)
SCHOOL = MemberKey("o", "school", hidden=False)
BAND = MemberKey("h", '"t.band"', hidden=True)
AREAS = {"A": "north", "B": "north", "C": "south"}
FLAGGED = Counting("f_in", "f_seen", "some")


def lines_of(table: MembersTable, areas: Mapping[str, str], *codes: int, nulls: bool = False) -> Lines:
    """With the published codes of the band."""
    band = FieldCodes(tuple(ListedCode(str(code)) for code in codes), nulls=nulls)
    return Lines(table, areas, 10, Covering(table, {"t.band": band}.get))


def made_up(seed: int) -> Leaf:
    """Some people with a school, a group and a hidden band, twice now and then, and the cells that occur."""
    dice = random.Random(seed)
    rows: list[Row] = []
    for unit in range(60):
        for _ in range(1 + (dice.random() < 0.1)):
            school = dice.choice("ABC")
            inside = dice.random() < 0.8
            row_of = row(unit, school=school, k=dice.choice("xyz"), o=school, h=dice.choice([1, 2, None]))
            rows.append({**row_of, "f_in": inside, "f_seen": inside or dice.random() < 0.5})
    keys = [("k", "o", "h"), ("k", "h"), ("k", "o")][seed % 3]
    cells = sorted({tuple(one[key] for key in keys) for one in rows}, key=str)
    of = {"k": GROUP, "o": SCHOOL, "h": BAND}
    how = members(*(of[key] for key in keys))
    return Leaf(how, rows, [dict(zip(keys, cell, strict=True)) for cell in cells])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("counting", [EVERYBODY, FLAGGED], ids=["all", "flagged"])
def test_a_line_that_is_whole_by_counting_lacks_nobody(
    seed: int, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = made_up(seed).read()
    lines = lines_of(table, AREAS, 1, 2, nulls=True)
    cells = list(range(len(table.set_of_cell)))
    dice = random.Random(seed)
    found = list(lines.of(cells))
    shown = [[cell for cell in line.cells if dice.random() < 0.9] or [line.cells[0]] for line in found]
    fast = [lines.lacks_a_few(line, counting, some) for line, some in zip(found, shown, strict=True)]
    whole = [lines.lacks_a_few(line, counting, line.cells) for line in found]
    monkeypatch.setattr(Lines, "_is_whole", lambda *_: False)
    slow = replace(lines)
    assert fast == [slow.lacks_a_few(line, counting, some) for line, some in zip(found, shown, strict=True)]
    assert whole == [slow.lacks_a_few(line, counting, line.cells) for line in found]


@pytest.mark.parametrize("apart", [1, 1_000], ids=["marked", "looked up"])
@pytest.mark.parametrize("seed", range(6))
def test_a_line_leaves_enough_where_enough_are_in_none_of_its_cells_or_in_two(seed: int, apart: int) -> None:
    table = made_up(seed).read()
    table = replace(table, units=table.units * apart)
    lines = lines_of(table, AREAS, 1, 2, nulls=True)
    dice = random.Random(seed)
    for line in lines.of(range(len(table.set_of_cell))):
        shown = [cell for cell in line.cells if dice.random() < 0.7] or [line.cells[0]]
        rows = [set(table.rows(cell, EVERYBODY).tolist()) for cell in shown]
        beyond = set(lines.rows(line, EVERYBODY).tolist()).difference(*rows)
        units = [{int(table.units[one]) for one in some} for some in (*rows, beyond)]
        left, counted = units.pop(), [unit for some in units for unit in some]
        nowhere, twice = (
            len(left.difference(counted)),
            len({one for one in counted if counted.count(one) > 1}),
        )
        enough = len(left) >= 10 and (nowhere >= 10 or nowhere + twice >= 10)
        assert lines._leaves_enough(line, EVERYBODY, shown) is enough


def test_what_everybody_can_see_of_a_line_is_counted_once_where_a_hidden_key_divides_it() -> None:
    rows = [row(unit, school="AB"[unit % 2], k="x", h=unit % 3) for unit in range(30)]
    table = Leaf(members(GROUP, BAND), rows, [{"k": "x", "h": band} for band in range(3)]).read()
    line = Line((0,), by_area=False, cells=(0, 1, 2))
    lines = lines_of(table, {}, 0, 1, 2)
    assert not lines.lacks_a_few(line, EVERYBODY, [0])  # ten have it, twenty have not
    assert not lines.lacks_a_few(line, EVERYBODY, [0, 1, 2])


@pytest.mark.parametrize(("further", "lacks"), [((), False), ((3,), True)])
def test_a_line_of_all_codes_but_one_that_nobody_has_lacks_nobody_as_it_lacks_a_few(
    further: tuple[int, ...], lacks: bool
) -> None:
    rows = [row(unit, school="AB"[unit % 2], k="x", h=unit % 3) for unit in range(30)]
    table = Leaf(members(GROUP, BAND), rows, [{"k": "x", "h": band} for band in range(3)]).read()
    line = Line((0,), by_area=False, cells=(0, 1, 2))
    lines = lines_of(table, {}, 0, 1, 2, *further)
    assert lines.lacks_a_few(line, EVERYBODY, [0, 1, 2]) is lacks


def test_cells_of_some_codes_of_two_fields_are_said_by_each_field() -> None:
    """Both codes of one field, and two of three of the other: who meets them is a condition on the other alone."""
    meals = MemberKey("m", '"t.meals"', hidden=True)
    cells = [{"h": band, "m": has} for band in (1, 2) for has in (False, True)]
    rows = [row(10 * place + one, **cell) for place, cell in enumerate(cells) for one in range(10)]
    table = Leaf(members(BAND, meals), rows, cells).read()
    codes = {
        "t.band": FieldCodes(tuple(ListedCode(str(code)) for code in (1, 2, 3)), nulls=False),
        "t.meals": FieldCodes((ListedCode("TRUE"), ListedCode("FALSE")), nulls=False),
    }
    covering = Covering(table, codes.get)
    assert covering.said_of([0, 1, 2, 3], EVERYBODY) == frozenset({'"t.band" IN (1, 2)'})
    assert covering.said_of([0, 1, 2], EVERYBODY) is None
    assert covering.said_of([0, 1], EVERYBODY) == frozenset({'"t.band" IN (1)'})
