"""The pairwise rules, told as what an attacker asks. Thirty pupils of school S are units 0 to 29."""

from collections.abc import Iterable, Sequence
from itertools import count

import pytest

from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    LedgerNumber,
    Likeness,
    Population,
    labels_of,
)
from enclave.disclosure.ledger.packed import pack, unpack
from enclave.disclosure.ledger.pairs import (
    Difference,
    PairJudge,
    Witness,
    complement,
    difference,
    judge_pairs,
)
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode, Worlds

CHANGES, NEVER = Kind("code:pupil.benefit", fixed=False), Kind("code:pupil.origin", fixed=True)
ALL = range(30)
NAMES = count()


def who(units: Iterable[int], *hidden: str, of: Iterable[int] | None = None, census: int = 1) -> Population:
    """Those units; `of` whom the hidden conditions pick them, as anybody can see."""
    mine = labels_of(sorted(units), census)
    return Population(mine, mine if of is None else labels_of(sorted(of), census), frozenset(hidden))


def number(
    population: Population,
    *,
    term: str = "2024 SPR",
    statistic: str = "count",
    kind: Kind = CHANGES,
    school: str | None = "S",
    name: str = "",
) -> LedgerNumber:
    return LedgerNumber(
        identity=(name or str(next(NAMES))).encode(),
        likeness=Likeness(statistic, term),
        kinds=(kind,),
        population=population,
        clusters={} if school is None else {school: ClusterPart(population.labels, population.visible)},
    )


def verdicts(
    new: Sequence[LedgerNumber], known: Sequence[LedgerNumber] = (), *, min_units: int = 10
) -> list[Difference | None]:
    """What is found of each new number beside the known ones."""
    index = KnownNumbers()
    for handle, one in enumerate(known):
        index.add(one, handle)
    found = judge_pairs(new, index, lambda handle: known[handle].population, min_units=min_units)
    return [found[place].difference if place in found else None for place in range(len(new))]


def test_nine_units_less_are_hidden_and_ten_are_not() -> None:
    whole = number(who(ALL))
    assert verdicts([number(who(range(21)))], [whole]) == [Difference.NESTED]
    assert verdicts([number(who(range(20)))], [whole]) == [None]


def test_it_does_not_matter_which_of_two_was_asked_first() -> None:
    assert verdicts([number(who(ALL))], [number(who(range(21)))]) == [Difference.NESTED]


def test_of_two_cells_of_one_table_the_smaller_is_hidden() -> None:
    assert verdicts([number(who(range(21))), number(who(ALL))]) == [Difference.NESTED, None]


@pytest.mark.parametrize("without", [0, 9])
def test_which_of_two_cells_is_hidden_does_not_tell_whether_they_are_equal(without: int) -> None:
    """Those without free meals come first in the table, and are hidden beside all, whether all are without or not."""
    some, everybody = number(who(range(30 - without), "f = no", of=ALL)), number(who(ALL))
    assert [found is None for found in verdicts([some, everybody])] == [False, True]


def test_a_few_in_place_of_a_few_others_are_hidden() -> None:
    known = number(who(range(20)))
    assert verdicts([number(who([*range(4, 20), *range(20, 25)]))], [known]) == [Difference.TWO_SIDED]
    assert verdicts([number(who([*range(5, 20), *range(20, 25)]))], [known]) == [None]


def test_the_rest_of_a_total_and_two_parts_is_not_given_away() -> None:
    """30 less 14 less 12 leaves four."""
    boys, girls = number(who(range(14))), number(who(range(14, 26)))
    assert verdicts([girls], [number(who(ALL)), boys]) == [Difference.COMPLEMENT]
    assert verdicts([number(who(ALL))], [girls, boys]) == [Difference.COMPLEMENT]


def test_a_rest_of_ten_may_be_worked_out() -> None:
    assert verdicts([number(who(range(10, 20)))], [number(who(ALL)), number(who(range(10)))]) == [None]


def test_parts_that_overlap_in_a_few_are_a_complement_too() -> None:
    """17 and 16 of 30: what they add up to beyond the whole tells of the three in both."""
    some, others = number(who(range(17))), number(who(range(14, 30)))
    assert verdicts([others], [number(who(ALL)), some]) == [Difference.COMPLEMENT]


def test_a_whole_over_several_schools_counts_as_a_whole() -> None:
    nation = number(who(range(100)), school=None)
    without = number(who(range(33, 100)), school=None)
    assert verdicts([number(who(ALL))], [nation, without]) == [Difference.COMPLEMENT]
    assert verdicts([without], [nation, number(who(ALL))]) == [Difference.COMPLEMENT]


def test_another_school_does_not_pad_a_difference() -> None:
    """School S, then S or one child of another school: nested, though one is over two schools."""
    padded = who([*ALL, 77])
    parts = {
        "S": ClusterPart(labels_of(ALL, 1), labels_of(ALL, 1)),
        "R": ClusterPart(labels_of([77], 1), labels_of([77], 1)),
    }
    two = LedgerNumber(b"two", Likeness("count", "2024 SPR"), (CHANGES,), padded, parts)
    assert verdicts([two], [number(who(ALL))]) == [Difference.NESTED]
    assert verdicts([number(who(ALL))], [two]) == [Difference.NESTED]


# Zero


def test_or_one_known_child_tells_nothing_about_the_child() -> None:
    """P, then P OR (this child AND on benefit): hidden if the child is, so hidden if the child is not."""
    known = number(who(range(20)))
    is_on, is_not = (
        who(range(21), "p or (c and x)", of=range(100)),
        who(range(20), "p or (c and x)", of=range(100)),
    )
    assert verdicts([number(is_on)], [known]) == [Difference.NESTED]
    assert verdicts([number(is_not)], [known]) == [Difference.ZERO]


def test_everybody_on_benefit_is_hidden_like_all_but_nine() -> None:
    """Class disclosure: a whole beside those of it who meet a hidden condition."""
    assert verdicts([number(who(ALL, "x", of=ALL))], [number(who(ALL))]) == [Difference.ZERO]


def test_a_filter_on_shown_fields_that_is_always_true_is_the_same_number() -> None:
    known = number(who(range(15), "x", of=ALL))
    assert verdicts([number(who(range(15), "x", of=ALL))], [known]) == [None]


def test_a_join_that_loses_nobody_in_sight_is_the_same_number() -> None:
    """Twenty of thirty, before and after a join: what is visible is the same people."""
    before, after = who(range(20), "x", of=ALL), who(range(20), "x", of=ALL)
    assert difference(after, before, min_units=10) is None


def test_a_join_that_loses_nobody_of_this_cell_but_others_in_sight_is_hidden() -> None:
    """29 of 30 have a row in the other table. That none of the 20 is the one without tells about the one."""
    before, after = who(range(20), "x", of=ALL), who(range(20), "x", of=range(29))
    assert difference(after, before, min_units=10) is Difference.ZERO


def test_two_values_of_one_field_make_up_their_whole() -> None:
    """Whatever each has, if there is no third, nor anybody without a value. Else that nobody has it is no whole."""
    whole, yes, no = who(ALL), who(range(12), '"f" = True', of=ALL), who(range(12, 30), '"f" = False', of=ALL)
    two = (ListedCode("TRUE"), ListedCode("FALSE"))
    listed, or_none = ({"f": FieldCodes(two, nulls=nulls)} for nulls in (False, True))
    assert complement(no, yes, whole, min_units=10, worlds=Worlds(listed.get)) is None
    assert complement(no, yes, whole, min_units=10, worlds=Worlds(or_none.get)) is Difference.ZERO
    assert complement(no, yes, whole, min_units=10) is Difference.ZERO


def test_a_table_of_two_of_three_codes_that_are_everybody_is_hidden_like_one_that_lacks_one_person() -> None:
    three = {"f": FieldCodes(tuple(ListedCode(f"'{one}'") for one in "ABC"), nulls=False)}
    whole, first = who(ALL), who(range(18), "\"f\" = 'A'", of=ALL)
    for of_second in (range(18, 30), range(18, 29)):
        numbers = [number(one) for one in (whole, first, who(of_second, "\"f\" = 'B'", of=ALL))]
        judge = PairJudge(numbers, KnownNumbers(), lambda _: whole, min_units=10, codes=three.get)
        judge.show(0)
        judge.show(1)
        assert judge.finding(2) is not None, of_second


@pytest.mark.parametrize("many", [12, 13])
def test_a_number_of_many_clusters_whose_people_are_all_but_one_in_one_of_them_is_found_there(
    many: int,
) -> None:
    """All of the country who have it, beside those of one school: nobody else has it, or one."""
    inside = number(who(range(12), "x", of=ALL))
    everywhere = number(who(range(many), "x", of=range(900)), school=None)
    assert verdicts([everywhere], [inside], min_units=5) == [
        Difference.ZERO if many == 12 else Difference.NESTED
    ]


def test_a_whole_that_is_just_two_parts_as_it_happens_is_hidden() -> None:
    """Nobody has both f and g, nobody neither; and nobody of those without f is c and x."""
    whole, some, others = (
        who(ALL),
        who(range(12), '"f" = True', of=ALL),
        who(range(12, 30), '"g" = 1', of=ALL),
    )
    assert complement(others, some, whole, min_units=10) is Difference.ZERO
    no, padded = (
        who(range(12, 30), '"f" = False', of=ALL),
        who(range(12), '"f" = True OR ("c" AND "x")', of=ALL),
    )
    assert complement(padded, no, whole, min_units=10) is Difference.ZERO


def test_parts_that_all_can_see_make_up_their_whole() -> None:
    """Boys and girls are the school; and boys on benefit with girls on benefit are those on benefit."""
    assert complement(who(range(14)), who(range(14, 30)), who(ALL), min_units=10) is None
    three = who(range(10), "x", of=range(14)), who(range(14, 26), "x", of=range(14, 30))
    assert complement(*three, who([*range(10), *range(14, 26)], "x", of=ALL), min_units=10) is None


def test_what_is_provably_a_known_number_is_shown_whatever_else_is_known() -> None:
    """It was judged when it was shown, and tells nothing that is not told."""
    known = [number(who(ALL)), number(who(range(21)))]
    assert verdicts([number(who(range(21)))], known) == [None]


def test_a_number_asked_again_is_repeated() -> None:
    known = [number(who(ALL)), number(who(range(21), "x", of=ALL), name="mine")]
    assert verdicts([number(who(range(21), "x", of=ALL), name="mine")], known) == [None]


# Like with like, and time


def test_counts_are_not_compared_with_means() -> None:
    known = number(who(ALL))
    assert verdicts([number(who(range(27)), statistic="measure:pupil.score")], [known]) == [None]


def test_what_changes_is_not_compared_between_terms() -> None:
    known = number(who(ALL, census=1), term="2024 AUT")
    assert verdicts([number(who(range(27), census=2), term="2024 SPR")], [known]) == [None]


@pytest.mark.parametrize(("later", "found"), [(27, Difference.NESTED), (20, None)])
def test_what_never_changes_is_compared_between_terms(later: int, found: Difference | None) -> None:
    """Origin of the school's pupils in autumn, and of those still there in spring: the difference is the leavers'."""
    autumn = number(who(ALL, "o", of=range(60), census=0), term="2023 AUT", kind=NEVER)
    spring = number(who(range(later), "o", of=range(57), census=0), term="2024 SPR", kind=NEVER)
    assert verdicts([spring], [autumn]) == [found]


@pytest.mark.parametrize(("came", "found"), [(1, Difference.TWO_SIDED), (10, None)])
def test_few_who_came_are_not_told_by_origin(came: int, found: Difference | None) -> None:
    """Two of the origin left, one came. If a single child came in sight, to be shown would tell that child's origin."""
    autumn = number(who(ALL, "o", of=range(60), census=0), term="2023 AUT", kind=NEVER)
    here = [*range(2, 48), *range(60, 60 + came)]  # of whom 2 to 29 and 60 are of the origin
    spring = who([*range(2, 30), 60], "o", of=here, census=0)
    assert verdicts([number(spring, term="2024 SPR", kind=NEVER)], [autumn]) == [found]


def test_no_leaver_of_this_origin_is_hidden_like_nine() -> None:
    autumn = number(who(ALL, "o", of=range(60), census=0), term="2023 AUT", kind=NEVER)
    spring = number(who(ALL, "o", of=range(57), census=0), term="2024 SPR", kind=NEVER)
    assert verdicts([spring], [autumn]) == [Difference.ZERO]


def test_a_class_that_moved_to_another_school_is_found_there() -> None:
    """All but three of an infant school's leavers are the junior school's first year: the difference is the three."""
    infants = number(who(ALL, "o", of=ALL, census=0), term="2023 SUM", kind=NEVER, school="infants")
    juniors = number(
        who(range(27), "o", of=range(27), census=0), term="2024 AUT", kind=NEVER, school="juniors"
    )
    assert verdicts([juniors], [infants]) == [Difference.NESTED]


def test_what_never_changes_stands_beside_the_headcount_of_its_term() -> None:
    """Of 30 pupils 27 are of this origin: the headcount gives the other three away."""
    heads = number(who(ALL, census=7))
    assert verdicts([number(who(range(27), "o", of=ALL, census=0), kind=NEVER)], [heads]) == [
        Difference.NESTED
    ]


def test_rows_of_two_years_that_differ_for_one_child_are_hidden() -> None:
    """The same thirty pupils in both, but one has a row in one year alone: a count of rows tells which."""
    units, years = [*ALL, *ALL], [1] * 30 + [2] * 30
    both, less = labels_of(units, years), labels_of(units[:-1], years[:-1])
    whole, part = Population(both, both, frozenset()), Population(less, less, frozenset())
    assert difference(part, whole, min_units=10) is Difference.NESTED


# Findings, and numbers judged in between


def test_a_finding_names_its_witnesses() -> None:
    index, known = KnownNumbers(), [number(who(range(40, 60))), number(who(ALL))]
    for handle, one in enumerate(known):
        index.add(one, handle)
    found = judge_pairs(
        [number(who(range(25))), number(who(range(60, 80))), number(who(range(60, 75)))],
        index,
        lambda handle: known[handle].population,
        min_units=10,
    )
    assert found[0].witnesses == (Witness(1, here=False),)
    assert found[2].witnesses == (Witness(1, here=True),)


def test_what_another_rule_hides_is_no_witness() -> None:
    numbers = [number(who(ALL)), number(who(range(25)))]
    judge = PairJudge(numbers, KnownNumbers(), lambda _: who(ALL), min_units=10)
    assert judge.finding(0) is None  # and is not shown, for some other reason
    assert judge.finding(1) is None


def test_what_was_taken_back_is_no_witness() -> None:
    judge = PairJudge([number(who(ALL))], KnownNumbers(), lambda _: who(ALL), min_units=10)
    judge.show(0)
    union = number(who(range(25)))
    found = judge.finding_of(union)
    assert found is not None
    assert found.difference is Difference.NESTED
    judge.take_back(0)
    assert judge.finding_of(union) is None


def test_a_number_that_was_shown_beside_the_others_is_a_witness() -> None:
    judge = PairJudge([number(who(range(10)))], KnownNumbers(), lambda _: who(ALL), min_units=10)
    judge.show_also(number(who(ALL)))
    found = judge.finding_of(number(who(range(25))))
    assert found is not None
    assert found.witnesses == (Witness(1, here=True),)


def test_a_stricter_project_finds_one_school_beside_it_and_fifteen_others() -> None:
    """Sixteen pupils of as many schools and a school's: too many clusters to be listed, still near at 20."""
    wide = number(who([*ALL, *range(100, 116)]), school=None)
    assert verdicts([wide], [number(who(ALL))], min_units=20) == [Difference.NESTED]


# As bytes


def test_bytes_cut_short_are_no_labels() -> None:
    packed = pack(labels_of([1, 2, 3, 70_000], 5))
    for length in range(1, len(packed)):
        with pytest.raises(ValueError, match=r".+"):
            unpack(packed[:length])


def test_a_negative_label_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        pack(labels_of([-1]))
