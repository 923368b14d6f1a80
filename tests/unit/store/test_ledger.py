"""The ledger remembers numbers as they were judged, for whom they count, and lets nothing be taken back."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from enclave.audit import Kind
from enclave.disclosure.ledger.numbers import LedgerNumber, Likeness, labels_of, units_of
from enclave.disclosure.ledger.runs import histogram
from enclave.outputs.keeping import Stale
from enclave.outputs.ledger import Judged, Known, NumbersState, Raced, number_of
from enclave.outputs.records import QueryId, QueryRecord
from enclave.store import Store, check_database_at
from enclave.store.ledger import StoreLedger
from enclave.store.ledger_key import LEDGER_KEY, LedgerKeyUnusable, make_ledger_key, read_ledger_key
from enclave.store.ledger_seal import LabelsSeal, LedgerUnreadable
from enclave.terms import FieldRef, ProjectId
from tests.support.acts import ask, entry, start_job
from tests.support.ledger import new_numbers, number, scope
from tests.support.records import LEDGER_KEY as SECRET
from tests.support.records import FakeClock, log_in, past_our_code

HERE = scope("P-1", ["ann", "bob"], ["northbridge"])
CROWD, FEW = number(range(100)), number(range(40))


def running(store: Store) -> QueryRecord:
    query = ask(store)
    start_job(store, query)
    return query


def reserved(
    store: Store, *numbers: object, query: QueryRecord | None = None, where: object = HERE
) -> QueryId:
    """Numbers that were judged against all there is."""
    query = query or running(store)
    known = store.ledger.shown(where)  # type: ignore[arg-type]
    store.ledger.reserve(
        new_numbers(where, numbers or (CROWD,), judged=known.judged, query_id=query.id)  # type: ignore[arg-type]
    )
    return query.id


def show(store: Store, query: QueryId) -> None:
    store.write(entry(Kind.OUTPUT_RELEASED), lambda change: change.show_numbers(query, HERE))


def free(store: Store, query: QueryId) -> None:
    store.write(entry(Kind.OUTPUT_WITHDRAWN), lambda change: change.free_numbers(query))


def states(known: Known) -> list[NumbersState]:
    return [one.state for one in known.reservations]


def test_numbers_are_read_back_as_they_were_judged(store: Store) -> None:
    given = replace(
        number([*range(30), *range(1000, 1020)]),
        flagged="LINEAR",
        lasting=bytes(16),
        value="int 50",
        shares="what those add who add most",
    )
    query = reserved(store, given, CROWD)
    known = store.ledger.shown(HERE)
    (kept,) = known.reservations
    assert (kept.project, kept.query_id, kept.data_version, kept.state) == ("P-1", query, "v1", "reserved")
    assert [one.units for one in known.numbers] == [50, 100]
    first = kept.numbers[0]
    found = number_of(first, store.ledger.labels_of(first.names()))
    assert (found.identity, found.likeness, found.kinds) == (given.identity, given.likeness, given.kinds)
    assert (found.years, found.tables, found.flagged) == (given.years, given.tables, given.flagged)
    assert (found.lasting, found.value, found.shares) == (given.lasting, given.value, given.shares)
    assert found.population.hidden == given.population.hidden
    assert np.array_equal(found.population.labels, given.population.labels)
    assert np.array_equal(found.population.visible, given.population.visible)
    assert found.clusters.keys() == {"S-1", "S-2"}
    assert first.bins == histogram(units_of(given.population.labels)).tobytes()
    assert {field.name for field in fields(LedgerNumber)} == {
        "identity",
        "likeness",
        "kinds",
        "population",
        "clusters",
        "years",
        "tables",
        "flagged",
        "lasting",
        "value",
        "shares",
    }, "a new field is to be kept too"
    for school, part in found.clusters.items():
        assert np.array_equal(part.labels, given.clusters[school].labels)
        assert part.parts == {"Y7"}


def test_sizes_of_values_that_were_destroyed_are_forgotten_and_the_numbers_stay(store: Store) -> None:
    stay, visits = FieldRef("pupil", "stay"), FieldRef("pupil", "stay_2")
    old, both, other = (
        replace(one, likeness=Likeness(statistic, "2024/spring"), shares=statistic)
        for one, statistic in (
            (replace(CROWD, years=("2023", "2024")), "any pupil.stay"),
            (replace(FEW, value="int 40", lasting=bytes(16)), "any pupil.fee and pupil.stay"),
            (replace(number(range(60)), years=()), "any pupil.stay_2"),
        )
    )
    show(store, reserved(store, old, both, other))
    reserved(store, query=None)
    before = list(store.ledger.shown(HERE).numbers)
    destroyed = entry(Kind.VALUES_DESTROYED)
    assert store.write(destroyed, lambda change: change.forget_sizes(visits, years={"2023"})) == 0
    assert store.write(destroyed, lambda change: change.forget_sizes(stay, years={"2024"})) == 1
    assert [one.shares for one in store.ledger.shown(HERE).numbers] == [old.shares, "", other.shares, ""]
    assert store.write(destroyed, lambda change: change.forget_sizes(stay)) == 1
    after = list(store.ledger.shown(HERE).numbers)
    assert [one.shares for one in after] == ["", "", other.shares, ""]
    rest = attrgetter(
        "identity", "likeness", "kinds", "years", "labels", "visible", "bins", "lasting", "value"
    )
    assert list(map(rest, after)) == list(map(rest, before))
    assert store.write(destroyed, lambda change: change.forget_sizes(stay)) == 0
    assert store.write(destroyed, lambda change: change.forget_sizes(visits)) == 1


def test_what_has_not_changed_is_not_made_anew_at_each_look(store: Store) -> None:
    """A look cost a copy of every reservation there ever was."""
    first = reserved(store, CROWD)
    (before,) = store.ledger.shown(HERE).reservations
    reserved(store, FEW)
    assert store.ledger.shown(HERE).reservations[0] is before
    show(store, first)
    after = store.ledger.shown(HERE).reservations[0]
    assert (before.state, after.state) == ("reserved", "shown")
    assert after.numbers is before.numbers


def test_what_is_kept_between_looks_is_what_a_first_look_finds(store: Store) -> None:
    """Whatever is reserved, shown, freed and reserved again, in whichever order and project."""
    chance = random.Random(28)
    places = [HERE, scope("P-2", ["bob"], ["northbridge"]), scope("P-3", ["cat"], ["elsewhere"])]
    queries = [reserved(store, where=where) for where in places]

    def reserve_again(query: QueryId) -> None:
        store.write(entry(Kind.RELEASE_ASKED), lambda change: change.reserve_again(query))

    for _ in range(25):
        for where in chance.sample(places, 2):
            first_look = StoreLedger(
                store._engine, write=store._writer.do, clock=FakeClock(), seal=LabelsSeal(SECRET)
            )
            assert told(store.ledger.shown(where)) == told(first_look.shown(where))
        match chance.randrange(6):
            case 0 | 1:
                queries.append(reserved(store, chance.choice([CROWD, FEW]), where=chance.choice(places)))
            case 2:
                free(store, chance.choice(queries))
            case 3:
                reserve_again(chance.choice(queries))
            case 4:
                free(store, query := chance.choice(queries))
                reserve_again(query)
            case _:
                with suppress(Raced, AssertionError):  # of what was freed nothing is shown
                    show(store, chance.choice(queries))


def told(known: Known) -> tuple[object, ...]:
    return known.judged, [
        (
            one.id,
            one.seq,
            one.project,
            one.query_id,
            one.state,
            one.judged,
            [each.units for each in one.numbers],
        )
        for one in known.reservations
    ]


def test_another_process_reads_what_this_one_kept(open_it: Callable[..., Store]) -> None:
    one, other = open_it(), open_it()
    assert states(other.ledger.shown(HERE)) == []
    query = reserved(one)
    assert states(other.ledger.shown(HERE)) == ["reserved"]
    show(one, query)
    assert states(other.ledger.shown(HERE)) == ["shown"]
    freed = reserved(one, FEW)
    assert states(other.ledger.shown(HERE)) == ["shown", "reserved"]
    free(one, freed)
    assert states(other.ledger.shown(HERE)) == ["shown"]


def test_one_population_is_kept_once_however_many_numbers_are_about_it(store: Store, url: str) -> None:
    for _ in range(3):
        reserved(store, CROWD, number(range(100), name="another"))
    with past_our_code(url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM ledger_numbers")) == 6
        assert connection.scalar(text("SELECT count(*) FROM ledger_populations")) == 2


def test_numbers_that_were_judged_against_less_than_there_is_are_not_reserved(store: Store) -> None:
    before = store.ledger.shown(HERE).judged
    first = reserved(store)
    late = running(store)
    with pytest.raises(Raced):
        store.ledger.reserve(new_numbers(HERE, [FEW], judged=before, query_id=late.id))
    assert [one.query_id for one in store.ledger.shown(HERE).reservations] == [first]


def test_what_came_in_a_project_that_shares_nobody_is_no_race(store: Store) -> None:
    before = store.ledger.shown(HERE).judged
    reserved(store, where=scope("P-2", ["zoe"], ["elsewhere"]))
    reserved(store, query=None)
    late = running(store)
    with pytest.raises(Raced):
        store.ledger.reserve(new_numbers(HERE, [FEW], judged=before, query_id=late.id))
    elsewhere = store.ledger.shown(scope("P-3", ["yan"], ["nowhere"]))
    assert elsewhere.reservations == ()


@pytest.mark.parametrize(
    "other",
    [scope("P-2", ["bob"], ["elsewhere"]), scope("P-2", ["zoe"], ["northbridge"])],
    ids=["a person", "an organisation"],
)
def test_what_a_project_that_shares_somebody_was_shown_counts(store: Store, other: object) -> None:
    reserved(store, where=other)
    assert store.ledger.shown(HERE).judged.projects >= {"P-1"}
    store.ledger.remember([HERE])
    known = store.ledger.shown(HERE)
    assert known.judged.projects == {"P-1", "P-2"}
    assert len(known.reservations) == 1


def test_whoever_left_a_project_still_connects_it(store: Store) -> None:
    store.ledger.remember(
        [scope("P-1", ["ann", "bob"], ["northbridge"]), scope("P-2", ["zoe"], ["elsewhere"])]
    )
    reserved(store, where=scope("P-1", ["ann"], ["northbridge"]))
    bob_moved = scope("P-2", ["zoe", "bob"], ["elsewhere"])
    assert len(store.ledger.shown(bob_moved).reservations) == 1
    store.ledger.remember([bob_moved])
    bob_left = scope("P-2", ["zoe"], ["elsewhere"])
    assert len(store.ledger.shown(bob_left).reservations) == 1
    assert store.ledger.shown(scope("P-1", ["ann"])).judged.projects == {"P-1", "P-2"}


def test_whoever_joins_while_numbers_are_judged_is_a_race(store: Store) -> None:
    reserved(store, where=scope("P-2", ["zoe"], ["elsewhere"]))
    judged = store.ledger.shown(HERE).judged
    store.ledger.remember([scope("P-2", ["zoe", "bob"], ["elsewhere"])])
    with pytest.raises(Raced):
        store.ledger.reserve(new_numbers(HERE, [CROWD], judged=judged, query_id=running(store).id))


def test_whoever_joins_before_a_release_is_a_race(store: Store) -> None:
    mine = reserved(store)
    reserved(store, FEW, where=scope("P-2", ["zoe"], ["elsewhere"]))
    show_again = scope("P-1", ["ann", "zoe"], ["northbridge"])
    with pytest.raises(Raced):
        store.write(entry(Kind.OUTPUT_RELEASED), lambda change: change.show_numbers(mine, show_again))
    assert states(store.ledger.shown(HERE)) == ["reserved"]
    met = store.ledger.met(mine, show_again)
    assert met is not None
    assert [one.project for one in met.newer] == ["P-2"]
    assert [len(one.population.labels) for one in met.mine] == [100]
    store.ledger.judged_again(mine, met.known.judged)
    store.write(entry(Kind.OUTPUT_RELEASED), lambda change: change.show_numbers(mine, show_again))
    assert states(store.ledger.shown(HERE)) == ["shown", "reserved"]


def test_what_was_judged_with_mine_is_no_race_at_my_release(store: Store) -> None:
    mine = reserved(store)
    reserved(store, FEW)
    assert store.ledger.met(mine, HERE) is None
    show(store, mine)
    assert states(store.ledger.shown(HERE)) == ["shown", "reserved"]


def test_what_was_freed_and_reserved_again_comes_last(store: Store) -> None:
    mine = reserved(store)
    free(store, mine)
    other = reserved(store, FEW)
    store.write(entry(Kind.RELEASE_ASKED), lambda change: change.reserve_again(mine))
    known = store.ledger.shown(HERE)
    assert [one.query_id for one in known.reservations] == [other, mine]
    met = store.ledger.met(mine, HERE)
    assert met is not None
    assert [one.query_id for one in met.newer] == [other]


def test_what_was_shown_stays_shown(store: Store, url: str, tmp_path: Path) -> None:
    query = reserved(store, number(range(30)), CROWD)
    show(store, query)
    free(store, query)
    assert states(store.ledger.shown(HERE)) == ["shown"]
    reserved(store, FEW)
    assert check_database_at(url, log_in(tmp_path).checkpoint()).findings == []


def test_what_waits_for_checkers_cannot_be_taken_away_behind_the_log(
    store: Store, url: str, tmp_path: Path
) -> None:
    query = reserved(store)
    store.write(entry(Kind.QUERY_FINISHED), lambda change: change.keep_numbers(query))
    assert check_database_at(url, log_in(tmp_path).checkpoint()).findings == []
    with past_our_code(url) as connection:
        for trigger in ("ledger_reservations_stay", "ledger_numbers_stay"):
            table = trigger.removesuffix("_stay")
            where = "" if url.startswith("sqlite") else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER {trigger}{where}"))
        connection.execute(text("DELETE FROM ledger_numbers"))
        connection.execute(text("DELETE FROM ledger_reservations"))
    assert (
        "the numbers 1 of the ledger are missing"
        in check_database_at(url, log_in(tmp_path).checkpoint()).findings
    )


def test_a_query_that_runs_anew_replaces_what_it_reserved(store: Store) -> None:
    query = running(store)
    reserved(store, query=query)
    reserved(store, FEW, query=query)
    known = store.ledger.shown(HERE)
    assert [one.units for one in known.numbers] == [40]


def test_a_query_that_has_ended_reserves_nothing(store: Store) -> None:
    query = ask(store)
    with pytest.raises(Stale):
        reserved(store, query=query)
    assert store.ledger.shown(HERE).reservations == ()


def test_an_orphan_frees_what_it_reserved(store: Store, clock: FakeClock) -> None:
    reserved(store)
    clock.move(seconds=61)
    assert len(store.fail_orphans(heard_before=clock.now())) == 1
    assert store.ledger.shown(HERE).reservations == ()


def test_compound_exclusions_are_counted_by_project(store: Store) -> None:
    for _ in range(2):
        store.write(entry(), lambda change: change.count_compound_exclusions(ProjectId("P-1"), 3))
    with store.read() as reading:
        assert reading.compound_exclusions(ProjectId("P-1")) == 6
        assert reading.compound_exclusions(ProjectId("P-2")) == 0


TAKEN_BACK = (
    "DELETE FROM ledger_reservations",
    "DELETE FROM ledger_numbers",
    "DELETE FROM ledger_populations",
    "DELETE FROM ledger_members",
    "DELETE FROM ledger_secret",
    "UPDATE ledger_reservations SET state = 'freed', changed = changed + 100 WHERE state = 'shown'",
    "UPDATE ledger_reservations SET project = 'P-9', changed = changed + 100",
    "UPDATE ledger_reservations SET judged_seq = 0",
    "UPDATE ledger_reservations SET seq = 0, changed = changed + 100",
    "UPDATE ledger_numbers SET units = 1",
    "UPDATE ledger_numbers SET identity = labels",
    "UPDATE ledger_populations SET sealed = name",
    "UPDATE ledger_members SET who = 'nobody'",
)


def test_the_database_itself_lets_nothing_be_taken_back(store: Store, url: str) -> None:
    show(store, reserved(store))
    for statement in TAKEN_BACK:
        with pytest.raises(IntegrityError), past_our_code(url) as connection:
            connection.execute(text(statement))
    assert states(store.ledger.shown(HERE)) == ["shown"]


def test_no_population_lies_in_the_clear(store: Store, url: str) -> None:
    given = number(range(500, 900))
    reserved(store, given)
    with past_our_code(url) as connection:
        rows = [
            row
            for table in ("ledger_populations", "ledger_numbers", "ledger_reservations")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    kept = b"|".join(
        bytes(value) if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
    units = np.arange(500, 900)
    for shape in ("<i8", ">i8", "<i4", ">i4", "<i2", ">i2"):
        assert units.astype(shape)[:3].tobytes() not in kept
    assert given.population.labels[:2].tobytes() not in kept


def test_the_same_population_has_another_name_under_another_secret() -> None:
    labels = labels_of(range(20), 3)
    one, other = LabelsSeal(SECRET), LabelsSeal(bytes(32))
    assert one.name(labels) == LabelsSeal(SECRET).name(labels.copy()) != other.name(labels)
    sealed = one.seal(labels, one.name(labels))
    assert sealed == one.seal(labels, one.name(labels))
    assert np.array_equal(one.open(sealed, one.name(labels)), labels)
    for secret, content, name in (
        (other, sealed, one.name(labels)),
        (one, sealed, other.name(labels)),
        (one, sealed[:-1], one.name(labels)),
        (one, sealed[:5], one.name(labels)),
    ):
        with pytest.raises(LedgerUnreadable):
            secret.open(content, name)


def test_sketches_are_those_of_their_numbers_and_sealed() -> None:
    one, place = LabelsSeal(SECRET), bytes(32)
    sealed = one.seal_sketches(bytes(range(64)), place)
    assert one.open_sketches(sealed, place) == bytes(range(64))
    assert one.open_sketches(b"", place) == b""
    for secret, content, where in (
        (LabelsSeal(bytes(32)), sealed, place),
        (one, sealed[:-1], place),
        (one, sealed, bytes(31)),
    ):
        with pytest.raises(LedgerUnreadable):
            secret.open_sketches(content, where)


def test_an_empty_population_is_one_too(store: Store) -> None:
    seal = LabelsSeal(SECRET)
    nobody = labels_of([])
    assert len(seal.open(seal.seal(nobody, seal.name(nobody)), seal.name(nobody))) == 0
    reserved(store, number([]))
    assert [one.units for one in store.ledger.shown(HERE).numbers] == [0]


def test_a_store_is_not_opened_with_another_secret(store: Store, open_it: Callable[..., Store]) -> None:
    reserved(store)
    with pytest.raises(LedgerUnreadable):
        open_it(ledger_key=bytes(32))


def test_the_key_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    sizes: list[int] = []

    def new_key(size: int) -> bytes:
        sizes.append(size)
        return bytes([len(sizes)]) * size

    made = make_ledger_key(tmp_path / "keys", new_key=new_key)
    path = tmp_path / "keys" / LEDGER_KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert make_ledger_key(tmp_path / "keys", new_key=new_key) == made == read_ledger_key(tmp_path / "keys")
    assert [each.name for each in (tmp_path / "keys").iterdir()] == [LEDGER_KEY]
    path.chmod(0o640)
    with pytest.raises(LedgerKeyUnusable):
        read_ledger_key(tmp_path / "keys")
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(LedgerKeyUnusable):
        make_ledger_key(tmp_path / "keys", new_key=new_key)


def test_numbers_of_an_answer_that_has_no_query_are_shown_at_once(store: Store) -> None:
    new = new_numbers(HERE, [CROWD], judged=store.ledger.shown(HERE).judged)
    store.write(entry(Kind.ANSWER_SHOWN), lambda change: change.show_at_once(new))
    assert states(store.ledger.shown(HERE)) == ["shown"]
    with pytest.raises(Raced):
        store.write(entry(Kind.ANSWER_SHOWN), lambda change: change.show_at_once(new))
    with store.read() as reading:
        assert len(reading.entries(kinds=[Kind.ANSWER_SHOWN])) == 1


def test_a_judge_that_knows_nothing_knows_the_beginning(store: Store) -> None:
    assert store.ledger.shown(HERE).judged == Judged(0, frozenset({ProjectId("P-1")}))
