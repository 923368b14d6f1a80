"""What the ledger held at any moment can be had again, whatever became of it since."""

import random
from collections.abc import Callable

import pytest

from enclave.audit import Kind
from enclave.outputs.ledger import Known
from enclave.outputs.records import QueryId
from enclave.store import Store
from tests.support.acts import ask, entry, start_job
from tests.support.ledger import new_numbers, number, scope

HERE, BESIDE = scope("P-1", ["ann"], ["northbridge"]), scope("P-2", ["ann"], ["northbridge"])
ELSEWHERE = scope("P-3", ["zoe"], ["elsewhere"])
NONE = QueryId("Q-0")
ACTS = 60
Seen = list[tuple[int, int, str, str, list[bytes]]]


def seen(known: Known) -> Seen:
    return [
        (one.id, one.seq, one.state.value, one.project, [number.identity for number in one.numbers])
        for one in known.reservations
    ]


def reserve(store: Store, chance: random.Random) -> QueryId:
    query = ask(store)
    start_job(store, query)
    where = chance.choice((HERE, BESIDE, ELSEWHERE))
    judged = store.ledger.shown(where).judged
    numbers = [number(range(40 + chance.randrange(200)))]
    store.ledger.reserve(new_numbers(where, numbers, judged=judged, query_id=query.id))
    return query.id


def something(store: Store, queries: list[QueryId], chance: random.Random) -> None:
    """One act of the life of numbers."""
    if not queries or chance.random() < 0.15:
        queries.append(reserve(store, chance))
        return
    query, told = chance.choice(queries), entry(Kind.RELEASE_ASKED)
    acts: tuple[Callable[[], object], ...] = (
        lambda: store.write(told, lambda change: change.free_numbers(query)),
        lambda: store.write(told, lambda change: change.reserve_again(query)),
        lambda: store.ledger.judged_again(query, store.ledger.shown(HERE).judged),
        lambda: shown(store, query),
    )
    chance.choice(acts)()


def shown(store: Store, query: QueryId) -> None:
    """Only what is reserved is ever shown."""
    known = store.ledger.shown(HERE)
    mine = [one for one in known.reservations if one.query_id == query and one.state == "reserved"]
    for _ in mine:
        store.ledger.judged_again(query, known.judged)
        store.write(entry(Kind.OUTPUT_RELEASED), lambda change: change.show_numbers(query, HERE))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_moment_of_a_life_of_numbers_can_be_had_again(store: Store, seed: int) -> None:
    chance, queries, moments = random.Random(seed), list[QueryId](), list[tuple[Known, Seen]]()
    for _ in range(ACTS):
        something(store, queries, chance)
        known = store.ledger.shown(HERE)
        moments.append((known, seen(known)))
    states = {one[2] for _, then in moments for one in then}
    assert states == {"reserved", "shown"}
    assert any(one[0] != one[1] for _, then in moments for one in then), "some were reserved anew"
    for known, then in moments:
        assert seen(store.ledger.known_at(known.judged, besides=NONE)) == then


def test_what_a_query_itself_had_reserved_is_not_among_what_it_was_judged_against(store: Store) -> None:
    chance = random.Random(4)
    first, second = reserve(store, chance), reserve(store, chance)
    judged = store.ledger.shown(HERE).judged
    found = store.ledger.known_at(judged, besides=second)
    assert second not in {one.query_id for one in found.reservations}
    assert {one.query_id for one in store.ledger.known_at(judged, besides=NONE).reservations} >= {first}
