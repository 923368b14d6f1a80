"""A long session: `python -m tests.foreign 20000`. Ends with 1 where anything is wrong."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.foreign.session import run


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.foreign", description=__doc__)
    arguments.add_argument("statements", type=int)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), arguments.parse_args().statements)
    sys.stdout.write(found.report() + "\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
