"""A long run in parts: what is asked again, and what the parts say together."""

from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.everything import Run
from tests.fuzz.meaning import Covered
from tests.fuzz.shards import (
    ONE_PLAN_IN,
    SEEDS_PER_PART,
    Shard,
    left,
    read_shards,
    shard_of,
    told_together,
    with_part,
    write_shards,
    wrong_parts,
)


def part(number: int, *, code: str = "abc", wrong: Sequence[str] = (), plans: Sequence[int] = ()) -> Shard:
    run = Run(meaning=Covered(asked=10, answered=9, plans=set(plans)))
    run.judged.wrong += wrong
    return shard_of(run, number * SEEDS_PER_PART, SEEDS_PER_PART, code=code)


def numbers(shards: Sequence[Shard], parts: int) -> list[int]:
    return [found.start // SEEDS_PER_PART for found in left(shards, parts * SEEDS_PER_PART)]


def test_a_run_goes_on_where_it_was_stopped_and_asks_again_where_something_was_wrong(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    assert read_shards(path) == ()
    shards = with_part(with_part((), part(0)), part(1, wrong=["a number on two people"]))
    write_shards(path, shards)
    assert read_shards(path) == shards
    assert numbers(shards, 4) == [1, 2, 3]
    assert numbers(with_part(shards, part(1, code="mended")), 4) == [2, 3]


def test_what_was_wrong_is_asked_again_alone_and_stays_written_down_with_its_code(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    shards = with_part(with_part((), part(0)), part(1, code="old", wrong=["a number on two people"]))
    assert list(wrong_parts(shards)) == [range(SEEDS_PER_PART, 2 * SEEDS_PER_PART)]
    shards = with_part(with_part(shards, part(1, code="newer", wrong=["a crash"])), part(1))
    write_shards(path, shards)
    assert read_shards(path) == shards
    assert list(wrong_parts(shards)) == []
    (whole,) = shards
    assert [(one.code, one.wrong) for one in whole.before] == [
        ("old", ("a number on two people",)),
        ("newer", ("a crash",)),
    ]
    assert "wrong with earlier code, and asked again since: 2\n" in told_together(shards)


def test_neighbours_of_one_version_in_which_nothing_was_wrong_are_one_part() -> None:
    shards = with_part(with_part(with_part((), part(2)), part(0)), part(1))
    assert [(one.first, one.questions, one.asked) for one in shards] == [(0, 3 * SEEDS_PER_PART, 30)]
    assert numbers(shards, 4) == [3]
    assert len(with_part(shards, part(3, code="later"))) == len(with_part(shards, part(3, wrong=["x"]))) == 2


def test_parts_count_a_shape_of_plan_once_that_both_met() -> None:
    shards = with_part((), part(0, plans=[0, ONE_PLAN_IN, 5]))
    said = told_together(with_part(shards, part(1, code="later", plans=[ONE_PLAN_IN, 3 * ONE_PLAN_IN, 7])))
    assert said.startswith("20 asked, 18 answered")
    assert f"distinct plans: about {3 * ONE_PLAN_IN}\n" in said
    assert said.endswith("wrong: 0")
