"""A long run in parts: what is asked again, and what the parts say together."""

from pathlib import Path

from tests.fuzz.everything import Run
from tests.fuzz.meaning import Covered
from tests.fuzz.shards import (
    ONE_PLAN_IN,
    SEEDS_PER_SHARD,
    left,
    read_shards,
    shard_of,
    told_together,
    write_shards,
)


def through(*plans: int) -> Run:
    return Run(meaning=Covered(asked=10, answered=9, plans=set(plans)))


def test_a_run_goes_on_where_it_was_stopped_and_asks_again_where_something_was_wrong(tmp_path: Path) -> None:
    path, wrong = tmp_path / "parts.json", through()
    wrong.judged.wrong.append("a number on two people")
    found = [(through(), 0), (wrong, SEEDS_PER_SHARD)]
    assert read_shards(path) == ()
    write_shards(path, [shard_of(run, first, SEEDS_PER_SHARD, code="abc") for run, first in found])
    parts = list(left(read_shards(path), 3 * SEEDS_PER_SHARD + 1))
    assert [(part.start, len(part)) for part in parts] == [
        (SEEDS_PER_SHARD, SEEDS_PER_SHARD),
        (2 * SEEDS_PER_SHARD, SEEDS_PER_SHARD),
        (3 * SEEDS_PER_SHARD, 1),
    ]
    mended = shard_of(through(), SEEDS_PER_SHARD, SEEDS_PER_SHARD, code="abd")
    write_shards(path, [*read_shards(path), mended])
    assert [part.start for part in left(read_shards(path), 2 * SEEDS_PER_SHARD)] == []


def test_parts_count_a_shape_of_plan_once_that_both_met(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    one, other = through(0, ONE_PLAN_IN, 5), through(ONE_PLAN_IN, 3 * ONE_PLAN_IN, 7)
    write_shards(path, [shard_of(one, 0, 10, code="abc"), shard_of(other, 10, 10, code="abc")])
    said = told_together(read_shards(path))
    assert said.startswith("20 asked in 2 parts, 18 answered")
    assert f"distinct plans: about {3 * ONE_PLAN_IN}\n" in said
    assert said.endswith("wrong: 0")
