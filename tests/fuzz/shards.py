"""A long run in parts: each part is written down, so that parts of different days add up to one run.

A part is a range of seeds. What is asked for again is only what no part covers yet, or a part in which something was
wrong: that is asked until it is not, and keeps what was wrong before, with the code that it was wrong with. Neighbours
of one version of the code in which nothing was wrong become one part.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.fuzz.everything import LEAST_PER_100_000, Run, rare

SEEDS_PER_PART = 250
ONE_PLAN_IN = 64
"""Of so many shapes of plan one is written down, chosen by its own number: of all there are so many times as many."""


@dataclass(frozen=True, slots=True)
class Before:
    """What was wrong in a part when it was asked with an earlier version of the code."""

    code: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shard:
    """What one range of seeds was through. `sample` has one in `ONE_PLAN_IN` of the shapes of its plans.

    `unsteady`: answers with digits that DuckDB itself gives otherwise when its rows come in another order. `left_out`:
    answers whose people DuckDB took too long to count over the raw tables.
    """

    first: int
    questions: int
    code: str
    asked: int
    answered: int
    shown: int
    texts: int
    sample: tuple[int, ...]
    rows: dict[str, int]
    wrong: tuple[str, ...]
    unsteady: int = 0
    left_out: int = 0
    before: tuple[Before, ...] = ()

    @property
    def end(self) -> int:
        return self.first + self.questions


def shard_of(found: Run, first: int, questions: int, *, code: str) -> Shard:
    """The part that these seeds are. `code` names the version that was asked."""
    return Shard(
        first=first,
        questions=questions,
        code=code,
        asked=found.asked,
        answered=found.meaning.answered + found.judged.answered,
        shown=found.judged.shown,
        texts=found.texts.texts,
        sample=tuple(sorted(plan for plan in found.meaning.plans if plan % ONE_PLAN_IN == 0)),
        rows=dict(sorted(found.rows.items())),
        wrong=tuple(found.wrong),
        unsteady=found.meaning.unsteady,
        left_out=found.judged.left_out,
    )


def left(shards: Sequence[Shard], questions: int) -> Iterator[range]:
    """The parts of so many seeds that are still to be asked."""
    done = [shard for shard in shards if not shard.wrong]
    for first in range(0, questions, SEEDS_PER_PART):
        part = range(first, min(first + SEEDS_PER_PART, questions))
        if not any(shard.first <= part.start and part.stop <= shard.end for shard in done):
            yield part


def wrong_parts(shards: Sequence[Shard]) -> Iterator[range]:
    """The parts in which something was wrong."""
    yield from (range(shard.first, shard.end) for shard in shards if shard.wrong)


def with_part(shards: Sequence[Shard], new: Shard) -> tuple[Shard, ...]:
    """The parts with one more, in the order of their seeds. What was asked twice counts as it was the last time."""
    kept = [shard for shard in shards if shard.end <= new.first or new.end <= shard.first]
    new = replace(new, before=(*_before([shard for shard in shards if shard not in kept]), *new.before))
    found: list[Shard] = []
    for shard in sorted([*kept, new], key=lambda one: one.first):
        if found and _go_together(found[-1], shard):
            shard = _together(found.pop(), shard)
        found.append(shard)
    return tuple(found)


def _before(shards: Sequence[Shard]) -> Iterator[Before]:
    for shard in shards:
        yield from shard.before
        if shard.wrong:
            yield Before(shard.code, shard.wrong)


def _go_together(one: Shard, other: Shard) -> bool:
    return one.end == other.first and one.code == other.code and not one.wrong and not other.wrong


def _together(one: Shard, other: Shard) -> Shard:
    return Shard(
        first=one.first,
        questions=one.questions + other.questions,
        code=one.code,
        asked=one.asked + other.asked,
        answered=one.answered + other.answered,
        shown=one.shown + other.shown,
        texts=one.texts + other.texts,
        sample=tuple(sorted({*one.sample, *other.sample})),
        rows=dict(sorted((Counter(one.rows) + Counter(other.rows)).items())),
        wrong=(*one.wrong, *other.wrong),
        unsteady=one.unsteady + other.unsteady,
        left_out=one.left_out + other.left_out,
        before=(*one.before, *other.before),
    )


def read_shards(path: Path) -> tuple[Shard, ...]:
    """The parts that were written down, none if there is no file yet."""
    if not path.exists():
        return ()
    found = json.loads(path.read_text("utf-8"))["shards"]
    return tuple(map(_shard, found))


def _shard(told: dict[str, Any]) -> Shard:
    before = tuple(Before(one["code"], tuple(one["wrong"])) for one in told.get("before", ()))
    return Shard(**told | {"sample": tuple(told["sample"]), "wrong": tuple(told["wrong"]), "before": before})


def write_shards(path: Path, shards: Sequence[Shard]) -> None:
    """All parts, one on a line."""
    lines = ",\n".join(json.dumps(asdict(shard)) for shard in shards)
    path.write_text(f'{{"shards": [\n{lines}\n]}}\n', encoding="utf-8")


def told_together(shards: Sequence[Shard]) -> str:
    """The parts as one run."""
    rows: Counter[str] = Counter()
    for shard in shards:
        rows.update(shard.rows)
    asked = sum(shard.asked for shard in shards)
    sampled = {plan for shard in shards for plan in shard.sample}
    wrong = [what for shard in shards for what in shard.wrong]
    before = sum(len(one.wrong) for shard in shards for one in shard.before)
    answered, shown = sum(shard.answered for shard in shards), sum(shard.shown for shard in shards)
    return "\n".join(
        (
            f"{asked} asked, {answered} answered, {shown} numbers judged",
            f"texts: {sum(shard.texts for shard in shards)}",
            f"distinct plans: about {len(sampled) * ONE_PLAN_IN}",
            f"digits that DuckDB has otherwise in another order of its rows: {sum(one.unsteady for one in shards)}",
            f"answers left unjudged, since a witness took too long: {sum(one.left_out for one in shards)}",
            *(f"  {count:7}  {row}" for row, count in sorted(rows.items())),
            f"rows met less than {LEAST_PER_100_000} times in 100,000: {rare(rows, asked)}",
            f"wrong with earlier code, and asked again since: {before}",
            f"wrong: {len(wrong)}",
            *(f"  {what}" for what in wrong[:60]),
        )
    )
