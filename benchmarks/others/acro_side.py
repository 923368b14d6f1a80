"""ACRO's part: run by its own interpreter, `acro_side.py CSV ROUNDS`. Prints one JSON object of times and failures.

ACRO works on pandas data frames, in whose words the shapes are written. It counts rows, not people.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any


def main() -> None:
    """Ask all shapes."""
    pandas, acro = importlib.import_module("pandas"), importlib.import_module("acro")
    frame = pandas.read_csv(sys.argv[1])
    session = acro.ACRO(suppress=True)
    whole = pandas.Series(["all"] * len(frame), name="whole")
    sevens = frame[frame.nc_year.astype(str) == "7"]
    asked: Mapping[str, Callable[[], Any]] = {
        "rows by area": lambda: session.crosstab(frame.la_code, whole),
        "four dimensions": lambda: session.crosstab(
            [frame.academic_year, frame.la_code], [frame.gender, frame.ethnic_group_major]
        ),
        "mean by area and code": lambda: session.pivot_table(
            frame, index=["la_code"], columns=["fsm_eligible"], values=["idaci_score"], aggfunc="mean"
        ),
        "one group of a code": lambda: session.crosstab(sevens.gender, whole[sevens.index]),
        "with margins": lambda: session.crosstab(frame.la_code, frame.gender, margins=True),
        "median by area": lambda: session.pivot_table(
            frame, index=["la_code"], values=["idaci_score"], aggfunc="median"
        ),
    }
    found = {name: timed(ask, int(sys.argv[2])) for name, ask in asked.items()}
    found["people by area"] = {"refused": "it has no distinct count"}
    print(json.dumps(found))


def timed(ask: Callable[[], object], rounds: int) -> dict[str, object]:
    """Milliseconds of each round, or why there is no answer."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        try:
            ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is told
            return {"refused": f"{type(error).__name__}: {str(error)[:120]}"}
        taken.append((time.perf_counter() - started) * 1000)
    return {"ms": taken}


if __name__ == "__main__":
    main()
