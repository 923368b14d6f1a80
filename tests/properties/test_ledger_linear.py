"""The linear audit against a slow, obvious judge in exact fractions, which tries every small set of units."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain, combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.echelon import PRIME, residues
from enclave.disclosure.ledger.linear import Finding, System, _Cuts, _Number
from enclave.disclosure.ledger.numbers import Labels, labels_of
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode, Worlds

MIN_UNITS = 3
either = st.booleans()
"""Few numbers are judged from bits, many from matrices: whether a system is made to go the second way."""
Unit = tuple[int, int]  # a unit at a census
Group = frozenset[Unit]
TOLD = {Finding.FEW, Finding.SMALL_ATOMS}


def groups(units: int, censuses: int = 1) -> st.SearchStrategy[Group]:
    everybody = [(unit, census) for unit in range(units) for census in range(censuses)]
    return st.frozensets(st.sampled_from(everybody), min_size=1)


def sessions(units: int, censuses: int = 1, most: int = 5) -> st.SearchStrategy[list[Group]]:
    return st.lists(groups(units, censuses), min_size=1, max_size=most)


def labels(group: Group) -> Labels:
    return labels_of([unit for unit, _ in group], [census for _, census in group])


def system(shown: Iterable[Group], *, matrices: bool = False, most_rank: int | None = None) -> System:
    made = System(min_units=MIN_UNITS, most_rank=most_rank)
    for group in shown:
        made.add(labels(group), labels(group))
    if matrices:
        assert made.rank == made.visible_rank
    return made


def rank(rows: Sequence[Sequence[int]]) -> int:
    """By hand, in fractions."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        at = next((i for i in range(found, len(left)) if left[i][column]), None)
        if at is None:
            continue
        left[found], left[at] = left[at], left[found]
        for i in range(found + 1, len(left)):
            factor = left[i][column] / left[found][column]
            left[i] = [one - factor * other for one, other in zip(left[i], left[found], strict=True)]
        found += 1
    return found


def incidence(shown: Sequence[Group], columns: Sequence[Unit]) -> list[list[int]]:
    return [[int(column in group) for column in columns] for group in shown]


def within(shown: Sequence[Group], few: frozenset[Unit], everybody: Sequence[Unit]) -> int:
    """How many independent combinations of the numbers are about nobody but these."""
    others = [one for one in everybody if one not in few]
    return rank(incidence(shown, everybody)) - rank(incidence(shown, others))


def told(shown: Sequence[Group], new: Group, sets: Iterable[frozenset[int]]) -> bool:
    """Whether the new number makes known something about one of these sets of units that was not known before."""
    everybody = sorted(frozenset(chain(new, *shown)))
    for units in sets:
        few = frozenset(one for one in everybody if one[0] in units)
        if within([*shown, new], few, everybody) > within(shown, few, everybody):
            return True
    return False


def atoms(shown: Sequence[Group]) -> list[frozenset[Unit]]:
    """Those who stand in the same numbers."""
    history: dict[tuple[bool, ...], set[Unit]] = {}
    for one in frozenset(chain(*shown)):
        history.setdefault(tuple(one in group for group in shown), set()).add(one)
    return [frozenset(atom) for atom in history.values()]


def small_sets(shown: Sequence[Group]) -> list[frozenset[int]]:
    units = sorted({unit for unit, _ in chain(*shown)})
    return [frozenset(few) for size in range(1, MIN_UNITS) for few in combinations(units, size)]


@given(sessions(7), groups(7), either)
def test_a_refusal_is_never_without_a_reason(shown: list[Group], new: Group, matrices: bool) -> None:
    if system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD:
        assert told(shown, new, small_sets([*shown, new]))


@given(sessions(4, censuses=2), groups(4, censuses=2), either)
def test_a_refusal_over_several_censuses_is_never_without_a_reason(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    if system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD:
        assert told(shown, new, small_sets([*shown, new]))


def pairs_told(shown: list[Group], new: Group) -> bool:
    """Whether one or two atoms of together fewer than `MIN_UNITS` units become known, judged by hand."""
    split = atoms([*shown, new])
    everybody = sorted(frozenset(chain(new, *shown)))
    for few in chain(combinations(split, 1), combinations(split, 2)):
        joined = frozenset(chain(*few))
        small = len({unit for unit, _ in joined}) < MIN_UNITS
        if small and within([*shown, new], joined, everybody) > within(shown, joined, everybody):
            return True
    return False


@given(sessions(7), groups(7), either)
def test_one_or_two_small_atoms_are_never_missed(shown: list[Group], new: Group, matrices: bool) -> None:
    found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
    assert found or not pairs_told(shown, new)


@given(sessions(4, censuses=2), groups(4, censuses=2), either)
def test_one_or_two_small_atoms_are_never_missed_over_censuses(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
    assert found or not pairs_told(shown, new)


# Counts of heads, which tell nothing of the kind

Counted = tuple[Group, bool]
"""A number, and whether it counts heads."""


def counted(units: int) -> st.SearchStrategy[Counted]:
    return st.tuples(groups(units), st.booleans())


def with_heads(shown: Iterable[Counted], *, matrices: bool) -> System:
    made = System(min_units=MIN_UNITS, most_rank=None)
    for group, heads in shown:
        made.add(labels(group), labels(group), heads=heads)
    if matrices:
        made.settled()
    return made


def of_the_kind(shown: Sequence[Counted], few: frozenset[Unit], everybody: Sequence[Unit]) -> int:
    """How many independent combinations are about nobody but these, past those of counts of heads alone."""
    heads = [group for group, heads in shown if heads]
    return within([group for group, _ in shown], few, everybody) - within(heads, few, everybody)


@given(st.lists(counted(7), min_size=1, max_size=5), counted(7), either)
def test_what_is_told_of_the_kind_about_one_or_two_small_atoms_is_never_missed(
    shown: list[Counted], new: Counted, matrices: bool
) -> None:
    all_of_them = [group for group, _ in (*shown, new)]
    split, everybody = atoms(all_of_them), sorted(frozenset(chain(*all_of_them)))
    found = with_heads(shown, matrices=matrices).judge(labels(new[0]), labels(new[0]), heads=new[1]) in TOLD
    for few in chain(combinations(split, 1), combinations(split, 2)):
        joined = frozenset(chain(*few))
        if len({unit for unit, _ in joined}) < MIN_UNITS:
            before = of_the_kind(shown, joined, everybody)
            assert found or of_the_kind([*shown, new], joined, everybody) <= before


@given(sessions(7), groups(7), either)
def test_counts_of_heads_alone_are_never_held_against_one_another(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    known = with_heads([(group, True) for group in shown], matrices=matrices)
    assert known.judge(labels(new), labels(new), heads=True) is Finding.CLEAR


@given(sessions(7, most=6), groups(7), sessions(4), either)
def test_counts_of_heads_are_not_held_against_one_another_beside_what_is_told_of_others(
    heads: list[Group], new: Group, told_of: list[Group], matrices: bool
) -> None:
    others = [frozenset((unit + 7, census) for unit, census in group) for group in told_of]
    known = with_heads(
        [*((group, False) for group in others), *((group, True) for group in heads)], matrices=matrices
    )
    assert known.judge(labels(new), labels(new), heads=True) is Finding.CLEAR


@given(st.lists(counted(7), min_size=1, max_size=5), groups(7), either)
def test_a_number_of_the_kind_is_judged_beside_counts_of_heads_as_beside_any(
    shown: list[Counted], new: Group, matrices: bool
) -> None:
    known = with_heads(shown, matrices=matrices)
    plain = system([group for group, _ in shown], matrices=matrices)
    assert known.judge(labels(new), labels(new)) is plain.judge(labels(new), labels(new))


BLOCKS = [frozenset((unit, 0) for unit in units) for units in ([0], [1], [2, 3], [4, 5, 6], [7, 8, 9, 10])]
blocks = st.sets(st.sampled_from(BLOCKS), min_size=1).map(lambda some: frozenset(chain(*some)))


@given(st.lists(blocks, min_size=1, max_size=4), blocks, either)
def test_nothing_at_all_is_missed_while_no_row_rests_on_small_atoms_alone(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    split = atoms([*shown, new])
    light = frozenset(chain(*(atom for atom in split if len(atom) < MIN_UNITS)))
    if within(shown, light, sorted(frozenset(chain(new, *shown)))) == 0:
        found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
        assert found == told(shown, new, small_sets([*shown, new]))


@given(sessions(7), st.randoms(use_true_random=False))
def test_the_rank_is_exact_and_does_not_depend_on_the_order(shown: list[Group], random: object) -> None:
    everybody = sorted(frozenset(chain(*shown)))
    shuffled = list(shown)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert system(shown).rank == system(shuffled).rank == rank(incidence(shown, everybody))


@given(sessions(7, most=7), st.integers(0, 5), either)
def test_the_numbers_that_pass_never_have_more_than_the_highest_rank(
    shown: list[Group], most: int, matrices: bool
) -> None:
    known = system([], matrices=matrices, most_rank=most)
    for group in shown:
        if known.judge(labels(group), labels(group)) is Finding.CLEAR:
            known.add(labels(group), labels(group))
    assert known.visible_rank <= most


@given(
    sessions(12, most=9),
    st.lists(st.tuples(groups(12), either), min_size=1, max_size=9),
    groups(12),
    st.one_of(st.none(), st.integers(1, 9)),
)
def test_a_number_that_cuts_an_atom_into_heavy_parts_is_judged_as_by_matrices(
    settled: list[Group], added: list[tuple[Group, bool]], new: Group, most: int | None
) -> None:
    """Beside what was added as it is, and what was judged right before."""
    known = system(settled, matrices=True, most_rank=most)
    for group, is_judged in added:
        one = labels(group)
        if is_judged:
            known.judge(one, one)
        known.add(one, one)
    waiting = [group for group, _ in added]
    if new not in [*settled, *waiting]:
        quick = known.judge(labels(new), labels(new))
        assert known._judge_any(_Number(labels(new), labels(new), frozenset())) is quick


class Plain(System):
    """Only where a part is heavy is a number clear without the form."""

    def _judge_cut(self, number: _Number) -> Finding | None:
        found = super()._judge_cut(number)
        cuts = self._last[1] if found and self._last else None
        return None if isinstance(cuts, _Cuts) and cuts.by_itself else found


@given(
    sessions(14, most=6),
    st.lists(st.tuples(groups(14, 2), st.sampled_from(("judge", "add", "both"))), max_size=14),
    st.one_of(st.none(), st.integers(1, 9)),
    either,
)
def test_a_number_that_cuts_atoms_into_parts_of_enough_together_is_judged_as_by_matrices(
    settled: list[Group], session: list[tuple[Group, str]], most: int | None, matrices: bool
) -> None:
    """Every verdict of a session; and the forms at the end have the same rows, on which later verdicts depend."""
    quick, plain = (made(min_units=MIN_UNITS, most_rank=most) for made in (System, Plain))
    for group in settled:
        for known in (quick, plain):
            known.add(labels(group), labels(group))
    if matrices:
        assert quick.rank == plain.rank
    for group, what in session:
        one = labels(group)
        if what != "add":
            assert quick.judge(one, one) is plain.judge(one, one)
        if what != "judge":
            assert quick.add(one, one) is plain.add(one, one)
    mine, theirs = quick.settled().real, plain.settled().real
    assert np.array_equal(mine.atoms.atom, theirs.atoms.atom)
    assert np.array_equal(mine.echelon.rows, theirs.echelon.rows)


@given(sessions(9, most=6), sessions(9, most=6), sessions(9, most=6))
def test_copies_share_what_is_worked_out_and_nothing_else(
    shown: list[Group], mine: list[Group], theirs: list[Group]
) -> None:
    known = system(shown[:1], matrices=True)
    for group in shown[1:]:
        known.add(labels(group), labels(group))
    one, other = known.copy(), known.copy()
    for group in mine:
        one.add(labels(group), labels(group))
    for group in theirs:
        known.add(labels(group), labels(group))
    assert one.rank == system([*shown, *mine]).rank
    assert other.rank == system(shown).rank
    assert known.rank == system([*shown, *theirs]).rank


VALUES = ["", "yes", "no", "refused"]
"""What a number may ask of a hidden field; the first asks nothing."""
Asked = tuple[Group, str]  # a visible population, and what it asks


def weights(shown: Sequence[Group], new: Group, everybody: Sequence[Unit]) -> list[Fraction] | None:
    """How the new number follows from independent ones, in fractions; nothing if it does not."""
    columns = [[Fraction(int(one in group)) for group in [*shown, new]] for one in everybody]
    pivots: list[int] = []
    for at in range(len(shown)):
        row = next((i for i in range(len(pivots), len(columns)) if columns[i][at]), None)
        assert row is not None, "they are independent"
        columns[len(pivots)], columns[row] = columns[row], columns[len(pivots)]
        line = [value / columns[len(pivots)][at] for value in columns[len(pivots)]]
        columns = [[a - row[at] * b for a, b in zip(row, line, strict=True)] for row in columns]
        columns[len(pivots)] = line
        pivots.append(at)
    if any(row[-1] for row in columns[len(pivots) :]):
        return None
    return [columns[place][-1] for place in range(len(pivots))]


def _listed(published: Sequence[str]) -> Worlds:
    codes = tuple(ListedCode(f"'{one}'") for one in published)
    return Worlds({"t.f": FieldCodes(codes, nulls=False)}.get)


def certain(asked: Sequence[Asked], times: Sequence[Fraction], unit: Unit, published: Sequence[str]) -> bool:
    """Whether they count one person for nothing, whichever of the published values of the field they have."""
    used = [
        (value, often) for (group, value), often in zip(asked, times, strict=True) if often and unit in group
    ]
    under = {value: sum(often for other, often in used if other == value) for value, _ in used}
    return all(under.get("", 0) + under.get(world, 0) == 0 for world in published)


@given(
    st.lists(st.sampled_from(VALUES), min_size=6, max_size=6),
    st.lists(st.tuples(groups(6), st.sampled_from(VALUES[:3])), min_size=1, max_size=5),
    st.tuples(groups(6), st.sampled_from(VALUES[:3])),
    st.sampled_from((("yes", "no"), ("yes", "no", "refused"))),
    either,
)
def test_a_number_that_follows_is_clear_only_if_it_does_whatever_the_hidden_fields_hold(
    truth: list[str], shown: list[Asked], new: Asked, published: tuple[str, ...], matrices: bool
) -> None:
    truth = [one if one in published else published[0] for one in truth]

    def real(asked: Asked) -> Group:
        return frozenset(one for one in asked[0] if asked[1] in ("", truth[one[0]]))

    def arguments(asked: Asked) -> tuple[Labels, Labels, frozenset[str]]:
        condition = f"\"t.f\" = '{asked[1]}'"
        return labels(real(asked)), labels(asked[0]), frozenset([condition] if asked[1] else [])

    everybody = [(unit, 0) for unit in range(6)]
    known = System(min_units=MIN_UNITS, most_rank=None, worlds=_listed(published))
    used: list[Asked] = []
    for one in shown:
        if weights([real(other) for other in used], real(one), everybody) is None:
            used.append(one)
            known.add(*arguments(one))
    if matrices:
        assert known.rank == len(used)
    times = weights([real(one) for one in used], real(new), everybody)
    found = known.judge(*arguments(new))
    if times is None:
        assert found is not Finding.ZERO_REST
    else:
        always = all(certain([*used, new], [*times, Fraction(-1)], unit, published) for unit in everybody)
        assert found is (Finding.CLEAR if always else Finding.ZERO_REST)


@given(sessions(7, most=6))
def test_a_judgement_changes_nothing_and_a_replayed_session_ends_alike(shown: list[Group]) -> None:
    def replay(judged_twice: bool) -> list[Finding]:
        known, findings = system([]), []
        for group in shown:
            for other in shown if judged_twice else ():
                known.judge(labels(other), labels(other))
            findings.append(known.judge(labels(group), labels(group)))
            if findings[-1] is Finding.CLEAR:
                known.add(labels(group), labels(group))
        return findings

    assert replay(judged_twice=False) == replay(judged_twice=True)


@given(sessions(7, most=4), sessions(7, most=3))
def test_a_copy_goes_its_own_way(shown: list[Group], more: list[Group]) -> None:
    known = system(shown)
    copy = known.copy()
    for group in more:
        copy.judge(labels(group), labels(group))
        copy.add(labels(group), labels(group))
    assert known.rank == system(shown).rank
    assert copy.rank == system([*shown, *more]).rank


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=20))
def test_residues_are_remainders(values: list[int]) -> None:
    most = PRIME * PRIME
    numbers = np.array([min(value, most) for value in [*values, most, PRIME, 0]], dtype=np.int64)
    assert (residues(numbers) == numbers % PRIME).all()
