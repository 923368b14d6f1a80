"""Charts of released tables: which a table gets, that gaps stay gaps, and that nothing of them is left unsaid."""

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.actions.kept_answers import KeptTable
from enclave.query.plan import ResultColumn
from enclave.web.pages.charts.choosing import Chart, chart_of
from enclave.web.pages.charts.scene import Kind, scale
from enclave.web.pages.rendering import _environment

YEARS = ["2021/22", "2022/23", "2023/24", "2024/25"]


def table(
    columns: dict[str, list[Any]], *, numbers: tuple[str, ...] = ("n",), frame: Any = None
) -> KeptTable:
    made = pa.table(columns)
    described = tuple(
        ResultColumn(
            name, name, "BIGINT" if name in numbers else "VARCHAR", name in numbers, incomplete=False
        )
        for name in columns
    )
    return KeptTable(described, made, frame)


def drawing_of(chart: Chart) -> str:
    template = '{% from "layout/chart.html" import drawing %}{{ drawing(chart) }}'
    return _environment().from_string(template).render(chart=chart)


def drawn(kept: KeptTable, kind: str | None = None) -> Chart:
    found = chart_of(kept, title="A table", measure=None, kind=kind)
    assert found is not None
    return found


def test_years_are_a_line_that_breaks_where_a_number_is_hidden() -> None:
    chart = drawn(table({"year": YEARS, "n": [10, 20, None, 40]}))
    assert chart.kind is Kind.LINES
    assert len(chart.scene.dots) == 3
    assert len(chart.scene.lines) == 1  # 10 to 20; nothing leads over the gap to 40
    assert len(chart.scene.lines[0].points.split()) == 2


def test_a_year_that_is_not_there_is_a_gap_too() -> None:
    chart = drawn(table({"year": [YEARS[0], YEARS[2]], "sex": ["F", "F"], "n": [10, 20]}))
    chart_with_all = drawn(table({"year": YEARS, "sex": ["M", "F", "M", "F"], "n": [1, 2, 3, 4]}))
    assert len(chart.scene.lines) == 1
    assert chart_with_all.scene.lines == ()  # each sex has every other year alone


def test_two_dimensions_are_bars_in_groups_with_a_symbol_where_one_is_hidden() -> None:
    kept = table({"area": ["A", "A", "B", "B", "C", "C"], "sex": ["F", "M"] * 3, "n": [1, 2, 3, None, 5, 6]})
    chart = drawn(kept)
    assert chart.kind is Kind.GROUPS
    assert {bar.about for bar in chart.scene.bars} >= {"A · F: 1", "C · M: 6", "F", "M"}
    assert "B · M: c" not in {bar.about for bar in chart.scene.bars}
    assert "c" in {text.text for text in chart.scene.texts}


def test_what_is_not_applicable_says_so_where_its_bar_would_be() -> None:
    frame = {
        "sets": [{"area": ["A", "B"], "sex": ["F", "M"]}],
        "not_applicable": [{"area": ["B"], "sex": ["M"]}],
    }
    kept = table({"area": ["A", "A", "B"], "sex": ["F", "M", "F"], "n": [1, 2, 3]}, frame=frame)
    assert "z" in {text.text for text in drawn(kept).scene.texts}


def test_many_areas_are_points_from_the_least_to_the_greatest() -> None:
    kept = table({"area": [f"A{number}" for number in range(60)], "n": [*range(59, 0, -1), None]})
    chart = drawn(kept)
    assert chart.kind is Kind.POINTS
    assert len(chart.scene.dots) == 59
    assert [dot.y for dot in chart.scene.dots] == sorted((dot.y for dot in chart.scene.dots), reverse=True)
    assert "1 rows without a number have no point" in chart.description


def test_few_rows_are_bars_and_another_kind_can_be_asked_for() -> None:
    kept = table({"area": ["A", "B", "C"], "n": [1, 2, 3]})
    assert drawn(kept).kind is Kind.BARS
    assert drawn(kept, "points").kind is Kind.POINTS
    assert drawn(kept, "lines").kind is Kind.BARS  # there are no years


def test_what_does_not_fit_is_said() -> None:
    kept = table(
        {"year": YEARS[:2] * 8, "area": [f"A{number // 2}" for number in range(16)], "n": list(range(16))}
    )
    chart = drawn(kept)
    assert len({line.series for line in chart.scene.lines}) == 6
    assert "2 further lines are in the table alone" in chart.description


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_title_a_description_and_only_text(kind: Kind) -> None:
    evil = "<script>alert(1)</script>"
    kept = table({"year": ["2021", "2022"] * 2, evil: [evil, evil, "b", "b"], "n": [1, 2, 3, 4]})
    chart = chart_of(kept, title=evil, measure=None, kind=kind.value)
    assert chart is not None
    assert chart.kind is kind
    page = drawing_of(chart)
    assert "<title id=" in page
    assert "<desc id=" in page
    assert "<script" not in page
    assert re.search(r"\bnan\b|\binf\b", page, re.IGNORECASE) is None


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6), st.booleans())
def test_every_value_has_a_place_within_its_scale(values: list[float], from_zero: bool) -> None:
    found = scale(values, start=100, length=50, from_zero=from_zero)
    assert len(found.ticks) >= 2
    assert all(99.9 <= found.at(value) <= 150.1 for value in values)
