"""The part of `pytauargus`: run by its own interpreter, `argus_side.py TABLE MINUTES`. Prints one JSON object.

TABLE is JSON: values, costs, equations (a total, then its parts) and primaries (a cell, and what it must be able to be
at least and at most). It is written as a file of τ-ARGUS (JJ), the one that its `OPT` makes of a table before it solves
it, so cells, costs and levels are those that ours has. Nothing is said of single contributors or of who holds what.
"""

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Solve one table."""
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    solver = importlib.import_module("pytauargus._tauargus").HiTaSCtrl()
    with tempfile.TemporaryDirectory() as place:
        given, found = Path(place, "table.jj"), Path(place, "hidden")
        given.write_text(written(table), encoding="utf-8")
        started, clock = time.process_time(), time.perf_counter()
        code = solver.full_jj(in_file_jj=str(given), out_file=str(found), max_time=int(sys.argv[2]))
        seconds, by_clock = time.process_time() - started, time.perf_counter() - clock
        hidden = [int(line) for line in found.read_text(encoding="utf-8").split()] if code <= 1 else None
    print(json.dumps({"hidden": hidden, "code": code, "seconds": seconds, "by_clock": by_clock}))


def written(table: Any) -> str:
    """Cells with value, cost, status, what they may be, and how far from the value they must be able to be."""
    levels = {cell: (low, high) for cell, low, high in table["primaries"]}
    lines = ["0", str(len(table["values"]))]
    for cell, (value, cost) in enumerate(zip(table["values"], table["costs"], strict=True)):
        low, high = levels.get(cell, (value, value))
        status = "u" if cell in levels else "s"
        lines.append(
            f"{cell} {value:g} {cost:g} {status} 0 {table['ceiling']:g} {value - low:.3f} {high - value:.3f} 0"
        )
    lines.append(str(len(table["equations"])))
    for total, *parts in table["equations"]:
        lines.append(f"0 {1 + len(parts)} : {total} (-1) {' '.join(f'{part} (1)' for part in parts)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
