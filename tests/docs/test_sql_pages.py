"""The reference pages on SQL are what their generator writes. To write them anew: python -m tests.spec.reference."""

from collections.abc import Callable

import pytest

from tests.spec.reference import FOLDER, refused_page, surface_page

PAGES = {"sql": surface_page, "refused-sql": refused_page}


@pytest.mark.parametrize(("name", "made"), PAGES.items(), ids=PAGES)
def test_a_page_on_sql_is_what_the_product_does(name: str, made: Callable[[], str]) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == made()
