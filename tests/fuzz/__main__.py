"""A long run: `python -m tests.fuzz 100000 --record FILE`. Ends with 1 where anything is wrong.

With a file, each part is written down when it is through, and a run that was stopped goes on where it was.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.everything import Run, everything
from tests.fuzz.shards import Shard, left, read_shards, shard_of, told_together, write_shards

SEEDS_PER_TASK = 250


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("questions", type=int, help="how many to ask")
    arguments.add_argument("--record", type=Path, help="a file of parts: what it has is not asked again")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    shards = list(read_shards(given.record)) if given.record else []
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for shard in _asked(pool, list(left(shards, given.questions)), _code()):
            shards = [other for other in shards if other.first != shard.first] + [shard]
            if given.record:
                write_shards(given.record, shards)
            sys.stderr.write(f"{shard.first + shard.questions}: {len(shard.wrong)} wrong\n")
    sys.stdout.write(told_together(shards) + "\n")
    return 1 if any(shard.wrong for shard in shards) else 0


def _asked(pool: ProcessPoolExecutor, parts: Sequence[range], code: str) -> Iterator[Shard]:
    """Each part when all its tasks are through; the pool is never without one."""
    found = pool.map(everything, [task for part in parts for task in _tasks(part)])
    for part in parts:
        through = Run()
        for _ in _tasks(part):
            through.add(task := next(found))
            for what in task.wrong:
                sys.stderr.write(f"{what}\n")
        yield shard_of(through, part.start, len(part), code=code)


def _tasks(part: range) -> Iterator[range]:
    for start in range(0, len(part), SEEDS_PER_TASK):
        yield part[start : start + SEEDS_PER_TASK]


def _code() -> str:
    """The version of the code, where git knows it."""
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
