"""A long run: `python -m tests.fuzz 100000`, on every core. Ends with 1 where an answer is not DuckDB's own."""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.fuzz.meaning import QUESTIONS_PER_HOUSE, Covered, merged, report, run

HOUSES_PER_TASK = 4


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("questions", type=int, help="how many to ask")
    arguments.add_argument("--first", type=int, default=0, help="the number of the first question")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    covered = Covered()
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(run, _tasks(given.first, given.questions)):
            covered = merged(covered, part)
            sys.stderr.write(f"\r{covered.asked} asked, {len(covered.differences)} differ")
    sys.stderr.write("\n")
    sys.stdout.write(report(covered) + "\n")
    return 1 if covered.differences else 0


def _tasks(first: int, questions: int) -> Iterator[range]:
    step = HOUSES_PER_TASK * QUESTIONS_PER_HOUSE
    for start in range(first, first + questions, step):
        yield range(start, min(start + step, first + questions))


if __name__ == "__main__":
    sys.exit(main())
