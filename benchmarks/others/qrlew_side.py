"""Qrlew's part: run by its own interpreter, `qrlew_side.py CSV DATABASE MOST_ROWS`. Prints one JSON object.

It only rewrites: into SQL that adds noise (epsilon 1, delta 1e-6), in PostgreSQL's dialect, for whoever started it to
run. It learns the table, with its ranges, from a SQLite database that is made of the rows first.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from shapes import SHAPES  # type: ignore[import-not-found]  # the folder of this script, which its interpreter knows

CODES = ("academic_year", "la_code", "gender", "ethnic_group_major", "nc_year")


def main() -> None:
    """Rewrite all shapes."""
    pandas, qrlew = importlib.import_module("pandas"), importlib.import_module("pyqrlew")
    engine = importlib.import_module("sqlalchemy").create_engine(f"sqlite:///{sys.argv[2]}")
    frame = pandas.read_csv(sys.argv[1])
    for name in CODES:
        frame[name] = frame[name].astype(str).astype(object)
    if not Path(sys.argv[2]).exists():
        frame.to_sql("census", engine, index=False)
    dataset = qrlew.dataset_from_database("npd", engine, "main", ranges=True)
    for name in CODES:
        codes = sorted(map(str, frame[name].unique()))
        dataset = dataset.with_possible_values("main", "census", name, codes)
    dataset = dataset.with_range("main", "census", "idaci_score", 0.0, 1.0)
    found = {name: _rewritten(dataset, sql, float(sys.argv[3]), qrlew) for name, sql in SHAPES.items()}
    print(json.dumps(found))


def _rewritten(dataset: Any, sql: str, most_rows: float, qrlew: Any) -> dict[str, object]:
    started = time.perf_counter()
    try:
        relation = dataset.relation(sql.format(table="census"))
        private = relation.rewrite_with_differential_privacy(
            dataset, [("census", [], "pmr_anon")], {"epsilon": 1.0, "delta": 1e-6}, max_multiplicity=most_rows
        )
        text = private.relation().to_query(qrlew.Dialect.PostgreSql)
    except BaseException as error:  # noqa: BLE001 - a panic of its library is no Exception
        return {"refused": f"{type(error).__name__}: {str(error)[:120]}"}
    return {"sql": text, "rewriting_ms": (time.perf_counter() - started) * 1000}


if __name__ == "__main__":
    main()
