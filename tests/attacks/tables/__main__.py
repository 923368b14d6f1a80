"""A long run: `python -m tests.attacks.tables 10000`. Ends with 1 if the reader learnt anything, and names seeds."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.attacks.tables.covered import is_open


def main() -> int:
    sets = int(sys.argv[1])
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        wrong = [seed for seed, open_ in enumerate(pool.map(is_open, range(sets), chunksize=100)) if open_]
    sys.stdout.write(
        f"{sets} sets of linked tables, {len(wrong)} of which the reader learnt something of: {wrong}\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
