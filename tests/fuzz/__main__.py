"""A long run: `python -m tests.fuzz 100000 --record FILE`. Ends with 1 where anything is wrong.

With a file, each part is written down when it is through, and a run that was stopped goes on where it was. What was
wrong is asked again too, or alone: `python -m tests.fuzz --again FILE`.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.everything import everything
from tests.fuzz.shards import left, read_shards, shard_of, told_together, with_part, write_shards, wrong_parts


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("questions", type=int, nargs="?", default=0, help="how many to ask")
    arguments.add_argument(
        "--again", type=Path, help="a file of parts: those with something wrong are asked again"
    )
    arguments.add_argument("--record", type=Path, help="a file of parts: what it has is not asked again")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    record = given.again or given.record
    shards = read_shards(record) if record else ()
    parts, code = list(wrong_parts(shards) if given.again else left(shards, given.questions)), _code()
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for part, found in zip(parts, pool.map(everything, parts), strict=True):
            shard = shard_of(found, part.start, len(part), code=code)
            shards = with_part(shards, shard)
            if record:
                write_shards(record, shards)
            sys.stderr.write("\n".join([*shard.wrong, f"{shard.end}: {len(shard.wrong)} wrong\n"]))
    sys.stdout.write(told_together(shards) + "\n")
    return 1 if any(shard.wrong for shard in shards) else 0


def _code() -> str:
    """The version of the code, where git knows it."""
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
