"""The page of costs is what the history says, and its plots are SVG that a reader can read."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import sqlglot

from benchmarks.costs import RESULTS, add_run, with_distinct
from benchmarks.costs_page import PAGE, PICTURES, page, pictures, runs_in
from benchmarks.plots import Mark, strip_plot
from benchmarks.shapes import ALL

SVG = "{http://www.w3.org/2000/svg}"


def test_page_and_plots_are_those_of_the_history() -> None:
    runs = runs_in(RESULTS)
    assert PAGE.read_text("utf-8") == page(runs)
    for name, svg in pictures(runs).items():
        assert (PICTURES / name).read_text("utf-8") == svg


def test_a_history_of_nothing_makes_a_page_and_a_run_is_added_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    assert "All runs" in page(runs_in(path))
    for number in (1, 2):
        add_run(path, {"when": f"day {number}"})
    assert [run["when"] for run in json.loads(path.read_text("utf-8"))["runs"]] == ["day 1", "day 2"]


def test_a_mark_further_right_is_more_and_each_says_what_it_is() -> None:
    marks = [Mark("one <shape>", "raw", 0.5), Mark("one <shape>", "whole", 250.0)]
    root = ET.fromstring(strip_plot(marks, series={"raw": "raw", "whole": "whole & all"}, title="t"))
    first = next(one for one in root.iter(f"{SVG}circle") if one.find(f"{SVG}title") is not None)
    second = next(one for one in root.iter(f"{SVG}rect") if one.find(f"{SVG}title") is not None)
    assert float(first.attrib["cx"]) < float(second.attrib["x"])
    assert [one.findtext(f"{SVG}title") for one in (first, second)] == [
        "one <shape>, raw: 0.50",
        "one <shape>, whole: 250.00",
    ]


def test_the_plain_way_counts_people_in_every_leaf() -> None:
    for sql in ALL.values():
        counted = sqlglot.parse_one(with_distinct(sql), dialect="duckdb").sql("duckdb")
        assert (
            counted.count("DISTINCT")
            == sqlglot.parse_one(sql, dialect="duckdb").sql("duckdb").count("DISTINCT") + 1
        )
