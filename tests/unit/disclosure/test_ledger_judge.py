"""The judging of one leaf beside what was shown: cells, measures, branches, levels, lifetimes, and what is left."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest

from enclave.disclosure.ledger.judge import MOST_TAKEN_FROM_A_LEVEL, LedgerVerdict
from enclave.disclosure.ledger.members import Counting, Lifetime, MemberKey, Members
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.report import CODE_OF, RULES, Rule
from tests.support.ledger_leaf import (
    CODE,
    SUM,
    Leaf,
    Row,
    Shelf,
    asking,
    branch,
    measure,
    members,
    number,
    register,
    remembered,
    row,
)

GROUP = MemberKey("k", "group", hidden=False)
MEALS = MemberKey("h", "meals", hidden=True)
NOTHING = frozenset[str]()


def nobody() -> Memory:
    return remembered(Shelf())


def judged(session: LedgerSession, leaf: Leaf, primary: Sequence[int] = ()) -> LedgerVerdict:
    raw, _, _ = leaf.tables
    codes = np.array(primary or [0] * raw.reveal().num_rows, dtype=np.int8)
    measures = {one.column: np.zeros(len(codes), dtype=np.int8) for one in leaf.members.numbers}
    return session.judge(raw, leaf.read(), primary=(codes, measures))


def rules(verdict: LedgerVerdict) -> list[Rule | None]:
    return [None if not code else RULES[code - 1] for code in verdict.cells.tolist()]


def everybody(units: Iterable[int], how: Members | None = None) -> Leaf:
    """One cell with all of these; the leaf takes whoever is asked, so they are of different definitions."""
    units = list(units)
    how = how or members(definition=f"pupils {units}", kinds=())
    return Leaf(how, [row(unit) for unit in units], [{}])


def grouped(sizes: Mapping[str, int], *, hidden: bool = False, kinds: tuple[object, ...] = ()) -> Leaf:
    """One cell for each group."""
    key = MEALS if hidden else GROUP
    rows: list[Row] = []
    for name, size in sizes.items():
        rows += [row(len(rows) + unit, **{key.column: name}) for unit in range(size)]
    return Leaf(members(key, kinds=kinds), rows, [{key.column: name} for name in sizes])


# Pairs and systems


def test_what_was_never_touched_is_shown_and_remembered() -> None:
    session = asking(nobody())
    verdict = judged(session, everybody(range(50)))
    assert rules(verdict) == [None]
    assert [len(one.population.labels) for one in session.numbers] == [50]


def test_the_same_number_is_repeated() -> None:
    shelf, leaf = Shelf(), everybody(range(50))
    first = asking(remembered(shelf))
    judged(first, leaf)
    near = number(range(47), kinds=(), name=b"near")
    again = asking(remembered(shelf, *first.numbers, near))
    assert rules(judged(again, leaf)) == [None]


@pytest.mark.parametrize(
    ("size", "rule"), [(50, None), (47, Rule.DIFFERENCE), (41, Rule.DIFFERENCE), (40, None)]
)
def test_a_cell_that_leaves_a_few_of_a_known_one_is_hidden(size: int, rule: Rule | None) -> None:
    session = asking(remembered(Shelf(), number(range(50), kinds=())))
    assert rules(judged(session, everybody(range(size)))) == [rule]


def test_a_witness_is_named_by_its_handle() -> None:
    session = asking(remembered(Shelf(), number(range(100, 150), kinds=()), number(range(50), kinds=())))
    (witness,) = judged(session, everybody(range(47))).witnesses
    assert (witness.cell, witness.measure, witness.rule, witness.handles) == (0, None, Rule.DIFFERENCE, (1,))


def test_leaves_of_one_question_are_judged_with_each_other() -> None:
    session = asking(nobody())
    assert rules(judged(session, everybody(range(50)))) == [None]
    assert rules(judged(session, everybody(range(46)))) == [Rule.DIFFERENCE]


def test_coarser_cells_come_first() -> None:
    """Of a total and all but three of it the total is shown, wherever it stands."""
    sets = ((0,), ())
    rows = [row(unit, k="a" if unit < 47 else "b") for unit in range(50)]
    cells: list[Row] = [{"k": "a", "g": 0}, {"k": None, "g": 1}]
    session = asking(nobody())
    found = rules(judged(session, Leaf(members(GROUP, sets=sets, kinds=()), rows, cells)))
    assert found == [Rule.DIFFERENCE, None]


def test_equal_populations_under_different_hidden_conditions_hide_like_a_few() -> None:
    """That nobody of these is without meals is as much as that three are."""
    known = number(range(50), visible=range(80))
    session = asking(remembered(Shelf(), known))
    rows = [row(unit, f_in=unit < 50) for unit in range(80)]
    counting = Counting("f_in", None, "meals", frozenset({"meals"}))
    found = judged(session, Leaf(members(counting=counting, definition="of meals"), rows, [{}]))
    assert rules(found) == [Rule.ZERO_DIFFERENCE]


def test_headcounts_of_a_register_are_known_before_the_first_question() -> None:
    structure = register([row(unit) for unit in range(100)])
    rows = [row(unit, h=unit < 96) for unit in range(100)]
    leaf = Leaf(members(MEALS), rows, [{"h": True}])
    assert rules(judged(asking(nobody(), structures=[structure]), leaf)) == [Rule.DIFFERENCE]
    assert rules(judged(asking(nobody()), leaf)) == [None]


def test_a_system_hides_what_many_tell_together() -> None:
    """Three thirds are the whole but for four; no three of the four numbers make up anything."""
    sums = [
        number(units, kinds=(SUM,), statistic="score") for units in (range(120), range(40), range(40, 80))
    ]
    session = asking(remembered(Shelf(), *sums))
    how = members(kinds=(), numbers=(measure(),), definition="the last third")
    verdict = judged(session, Leaf(how, [row(unit) for unit in range(80, 116)], [{}]))
    assert rules(verdict) == [None]
    assert verdict.measures["n"].tolist() == [CODE_OF[Rule.LINEAR]]


# Measures


def test_a_measure_hides_alone_where_its_own_population_is_near() -> None:
    known = number(range(47), kinds=(SUM,), statistic="score")
    rows = [row(unit, f_n=unit < 45) for unit in range(50)]
    own = measure(counting=Counting("f_n", None, "n"))
    verdict = judged(asking(remembered(Shelf(), known)), Leaf(members(kinds=(), numbers=(own,)), rows, [{}]))
    assert rules(verdict) == [None]
    assert verdict.measures["n"].tolist() == [CODE_OF[Rule.DIFFERENCE]]


def test_what_the_primary_rules_hide_is_not_judged_and_not_remembered() -> None:
    session = asking(nobody())
    verdict = judged(session, grouped({"a": 20, "b": 30}), [CODE_OF[Rule.DIFFERENCE], 0])
    assert verdict.cells.tolist() == [0, 0]  # what the ledger itself hides
    assert [len(one.population.labels) for one in session.numbers] == [30]


# Branches


def branched(size: int, *, of: str | None = None) -> Leaf:
    rows = [row(unit, f_b=unit < size) for unit in range(60)]
    how = members(kinds=(), numbers=(measure(),) if of else (), branches=(branch("f_b", of=of),))
    return Leaf(how, rows, [{}])


@pytest.mark.parametrize(("size", "rule"), [(0, Rule.BRANCH), (9, Rule.BRANCH), (30, None)])
def test_a_branch_is_judged_as_if_it_were_shown(size: int, rule: Rule | None) -> None:
    """Nobody in it is as little as nine."""
    assert rules(judged(asking(nobody()), branched(size))) == [rule]


def test_a_branch_near_a_known_number_hides_the_cell() -> None:
    session = asking(remembered(Shelf(), number(range(33), kinds=())))
    assert rules(judged(session, branched(30))) == [Rule.DIFFERENCE]


def test_a_branch_of_a_measure_hides_the_measure_alone() -> None:
    verdict = judged(asking(nobody()), branched(4, of="n"))
    assert rules(verdict) == [None]
    assert verdict.measures["n"].tolist() == [CODE_OF[Rule.BRANCH]]


def test_what_a_hidden_cell_was_tried_with_is_not_remembered() -> None:
    session = asking(nobody())
    judged(session, branched(9))
    assert session.numbers == ()
    assert rules(judged(session, everybody(range(57)))) == [None]


# Levels


@pytest.mark.parametrize(("schools", "rule"), [(None, Rule.SECONDARY), ({}, Rule.DIFFERENCE)])
def test_shown_cells_together_leave_nobody_out_or_enough(
    schools: dict[str, range] | None, rule: Rule
) -> None:
    """All groups but one of five, beside how many there are: the five would follow. Inside one school too."""
    session = asking(remembered(Shelf(), number(range(65), kinds=(), schools=schools)))
    found = rules(judged(session, grouped({"a": 20, "b": 25, "c": 15, "d": 5}), [0, 0, 0, 1]))
    assert found == [None, None, rule, None]


def test_of_a_table_with_its_total_one_cell_goes_with_the_hidden_one() -> None:
    leaf = grouped({"a": 20, "b": 25, "c": 15, "d": 5})
    cells: list[Row] = [*({**one, "g": 0} for one in leaf.cells), {"k": None, "g": 1}]
    with_total = Leaf(members(GROUP, sets=((0,), ()), kinds=()), leaf.rows, cells)
    found = rules(judged(asking(nobody()), with_total, [0, 0, 0, 1, 0]))
    assert found == [None, None, Rule.SECONDARY, None, None]


def test_a_level_inside_one_school_is_remembered_there() -> None:
    session = asking(nobody())
    judged(session, grouped({"a": 20, "b": 25}))
    assert [(len(one.population.labels), list(one.clusters)) for one in session.numbers][-1] == (45, ["A"])


def test_a_level_that_is_everybody_is_shown() -> None:
    session = asking(remembered(Shelf(), number(range(60), kinds=())))
    assert rules(judged(session, grouped({"a": 20, "b": 25, "c": 15}))) == [None] * 3


def test_a_level_that_cannot_be_mended_is_hidden_as_a_whole() -> None:
    """One cell after the other leaves a few of some known number."""
    sizes = {f"g{place:02}": 10 for place in range(MOST_TAKEN_FROM_A_LEVEL + 5)}
    total = 10 * len(sizes)
    known = [number(range(3, total - 10 * taken), kinds=(), name=b"k") for taken in range(len(sizes))]
    found = rules(judged(asking(remembered(Shelf(), *known)), grouped(sizes)))
    assert Rule.DIFFERENCE in found


# Lifetimes


def points(session: LedgerSession, *items: str, most: int = 2, size: int = 50) -> list[bool]:
    """Of a leaf with a number for each item: which are shown."""
    numbers = tuple(
        measure(f"n{place}", what=f"Q{item}", lifetimes=(Lifetime("points of x", item, most),))
        for place, item in enumerate(items)
    )
    verdict = judged(
        session, Leaf(members(kinds=(), numbers=numbers), [row(one) for one in range(size)], [{}])
    )
    return [not verdict.measures[one.column][0] for one in numbers]


def test_of_one_population_few_points_are_ever_shown() -> None:
    assert points(asking(nobody()), "0.1", "0.2", "0.3") == [True, True, False]


def test_a_point_that_was_shown_may_be_shown_again() -> None:
    shelf = Shelf()
    first = asking(remembered(shelf))
    assert points(first, "0.1", "0.2") == [True, True]
    later = asking(remembered(shelf, *first.numbers))
    assert points(later, "0.3", "0.2", "0.1") == [False, True, True]


def test_another_population_has_points_of_its_own() -> None:
    shelf = Shelf()
    first = asking(remembered(shelf))
    points(first, "0.1", "0.2")
    assert points(asking(remembered(shelf, *first.numbers)), "0.3", size=30) == [True]


# Sessions


def test_numbers_that_were_judged_may_not_be_shown_beside_what_came_near_them() -> None:
    mine = number(range(50), kinds=(), name=b"mine")
    assert asking(nobody()).all_clear([mine])
    assert asking(remembered(Shelf(), number(range(80), kinds=()))).all_clear([mine])
    assert not asking(remembered(Shelf(), number(range(53), kinds=()))).all_clear([mine])


def test_numbers_of_one_answer_are_held_against_each_other_again() -> None:
    one, other = number(range(50), kinds=(), name=b"1"), number(range(46), kinds=(), name=b"2")
    assert not asking(nobody()).all_clear([one, other])


def test_a_question_that_is_given_up_leaves_nothing_in_the_memory() -> None:
    memory = nobody()
    judged(asking(memory), everybody(range(50)))
    assert rules(judged(asking(memory), everybody(range(46)))) == [None]


def test_systems_are_kept_between_questions_and_follow_what_is_added() -> None:
    shelf = Shelf()
    memory = remembered(shelf, number(range(100), kinds=(SUM,), statistic="score", name=b"w"))
    first = asking(memory)
    first.all_clear([number(range(30), kinds=(SUM,), statistic="score", name=b"a")])
    kept = memory.systems
    memory.add([shelf.kept(number(range(50), kinds=(SUM,), statistic="score", name=b"l"))])
    second = asking(memory)
    assert memory.systems is kept
    assert not second.all_clear([number(range(50, 96), kinds=(SUM,), statistic="score", name=b"r")])


def test_the_memory_finds_numbers_by_where_they_stand() -> None:
    inside = number(range(20), name=b"a")
    both = number(range(20, 50), schools={"A": range(20, 35), "B": range(35, 50)}, name=b"b")
    wide = number(range(100), schools={}, name=b"c")
    memory = remembered(Shelf(), inside, both, wide)
    assert [len(one.labels) for one in memory.within("A")] == [20]
    assert [len(one.labels) for one in memory.within(frozenset({"A", "B"}))] == [20, 30]
    assert [len(one.labels) for one in memory.within(("pupil",))] == [100]
    assert [len(seen) for seen in memory.seen(frozenset({"A", "B"}))] == [20, 30]
    assert [len(seen) for seen in memory.seen(("pupil",))] == [100]
    assert [len(seen) for _, seen in memory.touching("A", 40)] == [20, 30]
    assert [len(seen) for _, seen in memory.touching("A", 20)] == [20]
    assert [len(one.labels) for one in memory.wide(("pupil",), 100)] == [100]
    assert not list(memory.wide(("pupil",), 99))
    assert memory.joints("B", CODE) == [frozenset({"A", "B"})]
    assert set(memory.dividing("A")) == {CODE}


def test_the_censuses_of_a_members_table_are_told_once_each() -> None:
    rows = [row(1), row(2), row(3, year="2025")]
    found = Leaf(members(), rows, [{}]).read().censuses.table["w0"].to_pylist()
    assert sorted(map(str, found)) == ["2024", "2025"]
