"""Write `overloads.csv` anew from the installed DuckDB: for an upgrade, once the review has been gone through again."""

import csv
from pathlib import Path

from enclave.query.installed import installed

FILE = Path(__file__).parents[2] / "enclave" / "query" / "overloads.csv"


def write() -> None:
    found = installed()
    with FILE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("DuckDB", found.version))
        for one in sorted(found.overloads):
            row = (one.name, one.kind, one.parameters, one.returns, one.stability, one.definition)
            rows.writerow([part.replace("\n", " ") for part in row])


if __name__ == "__main__":
    write()
