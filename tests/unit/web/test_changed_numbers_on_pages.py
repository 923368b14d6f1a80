"""What a checker reads of numbers that a method changed, on the page itself."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.support.seeded import asked
from tests.support.service import CHECKERS, policies_by
from tests.support.web import Web

BY_BAND = (
    "SELECT hospital_id, band, count(DISTINCT person) AS patients, avg(weight) AS weight FROM patient "
    "WHERE year = 2021 GROUP BY CUBE (hospital_id, band)"
)


def page(web: Web, sql: str) -> str:
    output = asked(web.service, sql)
    token = web.token(CHECKERS[0])
    answer = web.client.get(
        f"/checking/{output}", headers={"Authorization": f"Bearer {token}", "Accept": "text/html"}
    )
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", unescape(answer.text)))


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("round", ("Counts are rounded to a multiple of 5", "is off by 4 at most", "no count is 1 to 4")),
        ("cell_key", ("at most 5 more or less, on average none (variance 3)", "is off by 5 at most")),
    ],
)
def test_the_page_says_which_method_how_far_and_what_became_of_totals(
    tmp_path: Path, method: str, said: tuple[str, ...]
) -> None:
    with Web(tmp_path) as web:
        web.service.policies = policies_by(method, today=web.service.clock.now().date())
        text = page(web, BY_BAND)
    assert "How numbers were changed" in text
    assert [words for words in said if words not in text] == []
    assert "Cells of fewer than 5 patients are hidden, as without it" in text
    assert re.search(
        r"count\(DISTINCT person\): \d+ of \d+ numbers changed \(\d+%\), none by more than \d", text
    )
    assert re.search(r"avg\(weight\): \d+ of \d+ numbers changed \(100%\), none by more than \d", text)
    assert re.search(r"\d of 3 totals are not the sum of the parts beside", text)


def test_the_page_of_exact_numbers_says_what_is_left_of_hidden_cells_and_nothing_of_changes(
    tmp_path: Path,
) -> None:
    with Web(tmp_path) as web:
        text = page(web, BY_BAND)
    assert "How numbers were changed" not in text
    assert re.search(r"can place them no nearer than \d+ to \d+ \(\d cells\)", text)
    assert re.search(r"more hidden with them \(cost [\d.]+, no choice costs less\)", text)
