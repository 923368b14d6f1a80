"""SmartNoise SQL's part: run by its own interpreter, `smartnoise_side.py CSV ROUNDS MOST_ROWS`. Prints one JSON object.

It reads SQL of its own grammar and answers with noise (epsilon 1, delta 1e-6), here from a pandas frame.
"""

import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial

from shapes import SHAPES  # type: ignore[import-not-found]  # the folder of this script, which its interpreter knows


def main() -> None:
    """Ask all shapes."""
    warnings.simplefilter("ignore")
    pandas, snsql = importlib.import_module("pandas"), importlib.import_module("snsql")
    frame = pandas.read_csv(sys.argv[1])
    fields: dict[str, object] = {
        "rows": len(frame),
        "max_ids": int(sys.argv[3]),
        "sample_max_ids": True,
        "censor_dims": True,
        "pmr_anon": {"type": "int", "private_id": True},
        "fsm_eligible": {"type": "int", "lower": 0, "upper": 1},
        "idaci_score": {"type": "float", "lower": 0.0, "upper": 1.0},
    }
    for name in ("academic_year", "la_code", "gender", "ethnic_group_major", "nc_year"):
        fields[name] = {"type": "string"}
        frame[name] = frame[name].astype(str)
    privacy = snsql.Privacy(epsilon=1.0, delta=1e-6)
    metadata = {"": {"npd": {"census": fields}}}
    reader = snsql.from_connection(frame, engine="pandas", metadata=metadata, privacy=privacy)
    found = {
        name: timed(partial(reader.execute, sql.format(table="npd.census")), int(sys.argv[2]))
        for name, sql in SHAPES.items()
    }
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
