"""In which linear systems a number stands, and what counts toward the lifetime cap of each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from enclave.disclosure.ledger import around, beginnings, memory
from enclave.disclosure.ledger import systems as systems_module
from enclave.disclosure.ledger.around import Around
from enclave.disclosure.ledger.bases import (
    EVERY_YEAR,
    Base,
    Entry,
    are_heads,
    divides,
    place_of,
    whole_entry,
    year_of,
)
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.linear import Finding
from enclave.disclosure.ledger.local import MOST_IN_A_GROUP
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber
from enclave.disclosure.ledger.structure import Structure
from enclave.disclosure.ledger.systems import Systems
from tests.support.ledger_leaf import (
    CODE,
    EVER,
    LIMITS,
    SUM,
    Shelf,
    asking,
    number,
    register,
    remembered,
    row,
)

MEALS = frozenset({"meals"})


def school(size: int = 100, *names: str) -> Structure:
    """Schools of that size, half of each in year group 7 and half in 8."""
    return register(
        row(1_000 * place + unit, name, 7 if unit < size // 2 else 8)
        for place, name in enumerate(names or ("A",))
        for unit in range(size)
    )


def systems(*known: LedgerNumber, structures: Sequence[Structure] = (), limits: Limits = LIMITS) -> Systems:
    return Systems(
        remembered(Shelf(), *known), {str(place): one for place, one in enumerate(structures)}, limits
    )


def mean(units: Iterable[int], **changes: object) -> LedgerNumber:
    return number(units, kinds=(SUM,), statistic="score", **changes)  # type: ignore[arg-type]


def shown(judge: Systems, numbers: Iterable[LedgerNumber]) -> list[Finding]:
    """Judge one after the other; what is clear is shown."""
    found = []
    for one in numbers:
        found.append(judge.judge(one))
        if found[-1] is Finding.CLEAR:
            judge.add(one)
    return found


def spread(unit: int) -> list[int]:
    """Some twelve units of a hundred, different for each."""
    return sorted({(unit * 7 + place * (unit + 3)) % 100 for place in range(16)})


# Places


def test_a_number_stands_in_its_cluster_in_several_together_or_in_its_tables() -> None:
    assert place_of(number(range(20))) == "A"
    two = number(range(20), schools={"A": range(10), "B": range(10, 20)})
    assert place_of(two) == frozenset({"A", "B"})
    assert place_of(number(range(20), schools={})) == ("pupil",)


def test_what_never_changes_has_one_system_for_ever_and_all_else_one_a_year() -> None:
    one, other = (whole_entry(number(range(20), year=year)) for year in ("2023", "2024"))
    assert (year_of(CODE, one), year_of(CODE, other), year_of(EVER, one)) == ("2023", "2024", None)
    both = replace(number(range(20)), years=("2023", "2024"))
    assert year_of(CODE, whole_entry(both)) == EVERY_YEAR


def test_an_entry_is_in_the_bases_that_hold_its_parts_and_its_year() -> None:
    entry = whole_entry(number(range(20)))
    assert entry.is_in(Base("A", None, "2024"))
    assert entry.is_in(Base("A", frozenset({"7", "8"}), "2024"))
    assert not entry.is_in(Base("A", frozenset({"8"}), "2024"))
    assert not entry.is_in(Base("A", None, "2023"))
    assert entry.is_in(Base("A", None, None))


def test_headcounts_are_counts_of_no_kind_and_stand_in_the_systems_of_codes_alone() -> None:
    heads, counted = number(range(20), kinds=()), number(range(20))
    assert (
        are_heads(heads),
        are_heads(counted),
        are_heads(
            mean(
                range(20),
            )
        ),
    ) == (True, False, False)
    entry: Entry = whole_entry(heads)
    assert entry.has(CODE)
    assert not entry.has(SUM)
    assert divides(Kind("band:score", fixed=False))


# The audit


def test_two_sums_in_one_cluster_do_not_leave_a_few_between_them() -> None:
    judge = systems(mean(range(50)))
    assert judge.judge(mean(range(47))) is Finding.FEW
    assert judge.judge(mean(range(30))) is Finding.CLEAR


def test_measures_of_different_families_have_nothing_to_do_with_each_other() -> None:
    judge = systems(number(range(50), kinds=(Kind("measure:other", fixed=False),), statistic="other"))
    assert judge.judge(mean(range(47))) is Finding.CLEAR


def test_years_are_apart_for_what_changes_and_together_for_what_does_not() -> None:
    ever = Kind("measure:score", fixed=True)
    changing = systems(mean(range(50), year="2023"))
    assert changing.judge(mean(range(47))) is Finding.CLEAR
    fixed = systems(number(range(50), kinds=(ever,), statistic="score", year="2023"))
    assert fixed.judge(number(range(47), kinds=(ever,), statistic="score")) is Finding.FEW


def test_what_a_code_divides_is_known_as_heads() -> None:
    """Of a hundred 96 without meals: four have them, though nobody asked how many pupils there are."""
    judge = systems(structures=[school(100)])
    few = number(range(96), visible=range(100), hidden=MEALS)
    assert judge.judge(few) is Finding.FEW
    assert systems().judge(few) is Finding.CLEAR
    assert systems(structures=[register([row(unit) for unit in range(100)], is_register=False)]).judge(
        few
    ) is (Finding.CLEAR)


def test_year_groups_are_heads_too() -> None:
    """All but four of year group 8, which nobody else than year group 8 would be."""
    judge = systems(structures=[school(100)])
    few = number(range(50, 96), visible=range(50, 100), hidden=MEALS, groups=frozenset({"8"}))
    assert judge.judge(few) is Finding.FEW


def test_heads_are_no_equation_for_sums() -> None:
    assert systems(structures=[school(100)]).judge(mean(range(96))) is Finding.CLEAR


def test_a_few_clusters_together_are_one_system() -> None:
    both = mean(range(60), schools={"A": range(30), "B": range(30, 60)})
    judge = systems(both, mean(range(26)))
    rest = mean(range(30, 60), schools={"B": range(30, 60)})
    assert judge.judge(rest) is Finding.FEW  # four of A are left
    assert systems(both).judge(rest) is Finding.CLEAR


def test_what_numbers_tie_together_is_one_system_too() -> None:
    """A with B, B with C: what is known of A and C tells of B."""
    one = mean([*range(30), *range(100, 130)], schools={"A": range(30), "B": range(100, 130)})
    two = mean([*range(100, 126), *range(200, 230)], schools={"B": range(100, 126), "C": range(200, 230)})
    a = mean(range(30))
    c = mean(range(200, 230), schools={"C": range(200, 230)})
    assert systems(one, two, a).judge(c) is Finding.FEW  # B without four, and B with them
    assert systems(two, a).judge(c) is Finding.CLEAR


def test_wide_numbers_stand_in_their_tables() -> None:
    judge = systems(mean(range(2_000), schools={}))
    assert judge.judge(mean(range(1_996), schools={})) is Finding.FEW
    small = Limits(min_units=10, units_per_number=10, audited_units=1_000)
    wide = systems(mean(range(2_000), schools={}), limits=small)
    assert wide.judge(mean(range(1_996), schools={})) is Finding.CLEAR  # the pairs are there for that


# The cap


def test_a_cluster_of_fifty_gives_five_independent_sums() -> None:
    structures = [school(50)]
    numbers = [mean([one for one in spread(unit) if one < 50] + list(range(30, 45))) for unit in range(1, 30)]
    found = shown(systems(structures=structures), numbers)
    assert found.count(Finding.CLEAR) <= 5
    assert Finding.CAP in found


def test_headcounts_are_outside_the_cap() -> None:
    heads = [number(range(start, start + 20), kinds=(), name=b"h") for start in range(0, 80, 10)]
    judge = systems(number(range(50, 100), visible=range(100), hidden=MEALS), structures=[school(100)])
    assert set(shown(judge, heads)) == {Finding.CLEAR}
    more = number(range(20, 80), visible=range(20, 80), hidden=MEALS)
    assert judge.judge(more) is not Finding.CAP


def test_numbers_over_two_clusters_are_few_for_the_people_that_they_tell_of() -> None:
    """Each is about some of A and all of B: together they are an equation system for A."""
    structures = [school(60, "A", "B")]
    outside = range(1_000, 1_060)
    halves = [[one for one in range(60) if one >> bit & 1] for bit in range(5)]
    insides = [*halves, *([one for one in range(60) if (one * 7 + turn) % 5 < 2] for turn in range(4))]
    insides += [[one for one in range(60) if (one * one + turn) % 7 < 3] for turn in range(7)]
    numbers = [mean([*one, *outside], schools={"A": one, "B": outside}) for one in insides]
    found = shown(systems(structures=structures), numbers)
    assert found[0] is Finding.CLEAR
    assert found.count(Finding.CLEAR) <= 120 // 10
    assert Finding.CAP in found


# Trying


def test_what_is_tried_and_given_up_leaves_nothing_behind() -> None:
    before = systems(mean(range(50)))
    before.judge(mean(range(30)))
    trial = Systems(before.history, before.structures, before.limits, before)
    trial.add(mean(range(30)))
    assert trial.judge(mean(range(27))) is Finding.FEW
    assert before.judge(mean(range(27))) is Finding.CLEAR
    again = Systems(before.history, before.structures, before.limits, before)
    assert again.judge(mean(range(27))) is Finding.CLEAR


@pytest.mark.parametrize("most", [beginnings.MOST_KEPT, 0])
def test_questions_that_begin_with_a_kept_system_are_judged_as_if_it_were_made_anew(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(beginnings, "MOST_KEPT", most)
    before = systems(structures=[school(60, "A", "B")])
    asked = [
        number(spread(unit), visible=range(100) if unit % 3 else spread(unit), hidden=MEALS, groups=group)
        for unit in range(1, 14)
        for group in (frozenset({"7"}), frozenset({"7", "8"}))
    ]
    for numbers in (asked, asked[::-1], asked[1::2], asked):
        trial = Systems(before.history, before.structures, before.limits, before)
        anew = systems(structures=[school(60, "A", "B")])
        found = shown(trial, numbers)
        assert found == shown(anew, numbers)
        assert len(set(found)) > 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_past_is_the_same_in_whatever_order_it_is_remembered(order: tuple[int, ...]) -> None:
    past = [mean(range(50)), mean(range(20)), mean(range(20, 60))]
    judge = systems(*(past[place] for place in order))
    assert judge.judge(mean(range(47))) is Finding.FEW
    assert judge.judge(mean(range(48, 62))) is systems(*past).judge(mean(range(48, 62)))


# What is read of the past


def cells_of_one(people: range, *sizes: int, school: str = "A") -> list[LedgerNumber]:
    """Cells by a hidden field: everybody can see the same people in each."""
    found, start = [], people.start
    for size in sizes:
        cell = number(range(start, start + size), visible=people, hidden=MEALS, name=bytes([size]))
        found.append(replace(cell, clusters={school: cell.clusters["A"]}))
        start += size
    return found


def test_of_a_cluster_whom_everybody_can_see_is_read_once_and_nothing_else() -> None:
    shelf = Shelf()
    heads, large = number(range(90), kinds=()), number(range(MOST_IN_A_GROUP + 1))
    past = remembered(shelf, *cells_of_one(range(100), 20, 30, 50), heads, large)
    shelf.opened.clear()
    seen = shelf.key(number(range(100)).population.labels)
    found = Around(past, LIMITS).read("A")
    assert shelf.opened == [seen]
    assert {len(one.crowd) for one in found.values()} == {1}
    assert [len(one) for one in past.seen("A")] == [100, 90, MOST_IN_A_GROUP + 1]
    assert not any(one.entries for one in found.values())


def test_a_place_that_was_given_up_is_read_again_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    past = remembered(shelf, *cells_of_one(range(30), 10), *cells_of_one(range(40, 90), 10, school="B"))
    kept = Around(past, LIMITS)
    kept.read("A"), kept.read("B")
    monkeypatch.setattr(around, "MOST_KEPT", 40)
    some = Around(past, LIMITS)
    for spot in ("A", "B", "A", "B"):
        units = {like: [len(one) for one in found.crowd._sets] for like, found in some.read(spot).items()}
        assert list(some.known) == [spot]
        assert units == {
            like: [len(one) for one in found.crowd._sets] for like, found in kept.read(spot).items()
        }
    assert some._kept == 50


@pytest.mark.parametrize("most", [memory.MOST_KEPT, 0])
def test_labels_that_are_not_kept_are_read_again(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_KEPT", most)
    past = remembered(Shelf(), *(mean(range(start, start + 40)) for start in (0, 40, 80)))
    assert [int(one.labels[0] >> 20) for one in past.within("A", SUM)] == [0, 40, 80]
    assert not list(past.within("A", CODE))
    judge = Systems(past, {}, LIMITS)
    assert judge.judge(mean(range(75))) is Finding.FEW
    assert judge.judge(mean(range(60))) is Finding.CLEAR


def test_what_is_known_is_in_the_systems_and_not_added_again() -> None:
    known, new = mean(range(40)), mean(range(40, 80))
    question = asking(remembered(Shelf(), known))
    question.book.add(known)
    assert not list(question.book.systems.added.within("A"))
    question.book.add(new)
    assert list(question.book.systems.added.within("A")) == [new]
    assert list(question.book.audited(mean(range(75)))) == [Finding.FEW]


def test_ties_are_looked_up_again_where_a_number_ties_more_clusters() -> None:
    def over(schools: str, start: int) -> LedgerNumber:
        units = {name: range(start + 20 * at, start + 20 * at + 20) for at, name in enumerate(schools)}
        return mean(range(start, start + 20 * len(schools)), schools=units)

    judge = systems(over("AB", 0))
    a = over("A", 100)
    assert judge._tied(a, SUM) == {"A", "B"}
    judge.add(over("AB", 200))
    assert judge._ties
    judge.add(over("BC", 300))
    assert judge._tied(a, SUM) == {"A", "B", "C"}


@pytest.mark.parametrize("at_a_time", [systems_module._AT_A_TIME, 25])
def test_the_units_of_a_base_are_counted_until_they_are_too_many(
    at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systems_module, "_AT_A_TIME", at_a_time)
    found = [number(range(start, start + 20)).population.labels for start in (0, 10, 30, 30, 200)]
    for enough in range(100):
        many = systems_module._units_together([*found, found[0]], enough=enough)
        assert many == 70 if enough >= 70 else many > enough
    assert systems_module._units_together((), enough=10) == 0
    read = iter(found)
    assert systems_module._units_together(read, enough=19) == 20
    assert len(list(read)) == 4
