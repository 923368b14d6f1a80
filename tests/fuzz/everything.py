"""All of the fuzzers over one range of seeds: what they found, and how often they met each row of the design."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fuzz.judged import Judged, by_the_oracle, by_witnesses, must_be_refused
from tests.fuzz.meaning import Covered, merged, run
from tests.fuzz.mutations import Read, read_texts

LEAST_PER_100_000 = 500
SLOW_SECONDS = 2.0
"""Of processor time for one text: far past what any of them takes."""
TURN = 20
MEANING, WITNESSES, REFUSED = 13, 3, 3  # of so many; the oracle has the rest


@dataclass
class Run:
    """What a range of seeds has been through."""

    meaning: Covered = field(default_factory=Covered)
    judged: Judged = field(default_factory=Judged)
    texts: Read = field(default_factory=Read)

    @property
    def asked(self) -> int:
        return self.meaning.asked + self.judged.asked

    @property
    def rows(self) -> Counter[str]:
        return self.meaning.rows + self.judged.rows

    @property
    def wrong(self) -> list[str]:
        differences = [f"{one.seed}: {one.what}: {one.sql}" for one in self.meaning.differences]
        return [*differences, *self.judged.wrong, *self.texts.wrong]

    def add(self, other: "Run") -> None:
        self.meaning = merged(self.meaning, other.meaning)
        self.judged.add(other.judged)
        self.texts.add(other.texts)


def everything(seeds: range) -> Run:
    """The questions and the texts of these seeds."""
    ends = [
        len(seeds) * part // TURN for part in (MEANING, MEANING + WITNESSES, MEANING + WITNESSES + REFUSED)
    ]
    judged = by_witnesses(seeds[ends[0] : ends[1]])
    judged.add(must_be_refused(seeds[ends[1] : ends[2]]))
    judged.add(by_the_oracle(seeds[ends[2] :]))
    return Run(run(seeds[: ends[0]]), judged, read_texts(seeds, slow_seconds=SLOW_SECONDS))


def rare(rows: Mapping[str, int], asked: int) -> dict[str, int]:
    """Rows met less often than they should be."""
    least = asked * LEAST_PER_100_000 // 100_000
    return {row: count for row, count in sorted(rows.items()) if count < least}
