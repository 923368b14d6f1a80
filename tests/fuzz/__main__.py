"""A long run: `python -m tests.fuzz 100000`, on every core. Ends with 1 where anything is wrong."""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.fuzz.everything import Run, everything, told

SEEDS_PER_TASK = 250


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("questions", type=int, help="how many to ask")
    arguments.add_argument("--first", type=int, default=0, help="the number of the first question")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    found = Run()
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(everything, _tasks(given.first, given.questions)):
            found.add(part)
            for what in part.wrong:
                sys.stderr.write(f"{what}\n")
            sys.stderr.write(f"{found.asked} asked, {len(found.wrong)} wrong\n")
    sys.stdout.write(told(found) + "\n")
    return 1 if found.wrong else 0


def _tasks(first: int, questions: int) -> Iterator[range]:
    for start in range(first, first + questions, SEEDS_PER_TASK):
        yield range(start, min(start + SEEDS_PER_TASK, first + questions))


if __name__ == "__main__":
    sys.exit(main())
