"""Yearly reports for everybody: found by name or code, and handed out as they were written."""

from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest

from benchmarks.reports import reporter
from enclave.transparency.languages import Language, language
from enclave.transparency.published import MOST_FOUND
from enclave.transparency.report_print import page_pdf
from enclave.transparency.reports import Place
from enclave.wiring.publishing import file_name, publish
from tests.support.translated import Marked
from tests.support.web import Web
from tests.unit.web.test_public_pages import BROWSER, Reader

HOSTILE = "<script>alert(1)</script> & {{ 7*7 }}"
ODD = {"../../state": "A dotted place", "a/b": "A slashed place", "x\"'>": HOSTILE}
ONE = "/reports/clusters/100000"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """In 2026 sixty-three places, three with codes that nobody should have; a year before it, and another language."""
    with Web(tmp_path_factory.mktemp("web")) as web:
        home, found = web.gateway.home, reporter(60, 3)
        odd = {code: Place(code, name, "0", "Area 0") for code, name in ODD.items()}
        publish(home, replace(found, places={**found.places, **odd}), language())
        publish(home, replace(reporter(2, 1), year=2025), language())
        publish(home, reporter(2, 1), Language("cy", Marked()))
        yield web


def get(web: Web, path: str, status: int = 200, **asked: str) -> httpx2.Response:
    answer = web.client.get(path, params=asked or None, headers=BROWSER)
    assert answer.status_code == status, answer.text
    return answer


def links(page: str) -> list[str]:
    return [value for name, value in Reader(page).names if name == "href" and value.startswith("/reports/")]


def test_a_place_is_found_by_words_of_its_name_and_by_its_code(told: Web) -> None:
    for words in ("school 17", "17 SCHOOL", "100017"):
        assert "/reports/clusters/100017?year=2026&lang=en" in links(get(told, "/reports", search=words).text)
    assert links(get(told, "/reports", search="Area 0").text)[-1].startswith("/reports/")
    assert "0 found" in get(told, "/reports", search="no such place").text
    assert links(get(told, "/reports").text) == []


def test_of_many_that_are_found_the_first_are_shown_and_it_is_said(told: Web) -> None:
    page = get(told, "/reports", search="school").text
    assert len(links(page)) == MOST_FOUND
    assert f"60 found: the first {MOST_FOUND}" in page
    found = told.client.get("/api/v1/reports", params={"search": "school"}).json()
    assert (found["found"], len(found["items"]), found["counted_on"]) == (60, MOST_FOUND, "2026-10-01")


def test_every_link_of_a_place_is_a_page_as_it_was_written(told: Web) -> None:
    state = told.gateway.home.state
    for place, count in ((ONE, 4), ("/reports/areas/0", 2)):
        pages = [
            one
            for one in links(get(told, place).text)
            if "/report" in one.removeprefix("/reports") or "/priv" in one
        ]
        assert len(pages) >= count
        for path in pages:
            if path.endswith("format=pdf"):
                assert get(told, path).content == page_pdf(get(told, path.removesuffix("&format=pdf")).text)
                continue
            answer = get(told, path)
            name = path.split("?")[0].removeprefix("/reports/")
            assert answer.text == (state / "reports/2026/en" / f"{name}.html").read_text(encoding="utf-8")
            assert "script-src" not in answer.headers["content-security-policy"]
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["content-language"] == "en"


def test_the_language_is_the_one_that_is_asked_for_where_there_is_it_and_else_english(told: Web) -> None:
    assert "«Which information»" in get(told, f"{ONE}/privacy-notice?lang=cy").text
    for lang in ("fr", "en"):
        answer = get(told, f"{ONE}/privacy-notice?lang={lang}")
        assert '<html lang="en">' in answer.text
        assert answer.headers["content-language"] == "en"
    assert f"{ONE}?year=2026&lang=cy" in links(get(told, ONE).text)


def test_a_pdf_is_a_file_with_a_name_that_cannot_break_out_of_its_header(told: Web) -> None:
    page = get(told, "/reports", search="alert").text
    (place,) = links(page)
    answer = get(told, place.replace("?", "/report?") + "&format=pdf")
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer.headers["content-disposition"] == 'attachment; filename="report-x%22%27%3E-2026.pdf"'
    get(told, f"{ONE}/report?format=exe", 400)


def test_an_earlier_year_stays(told: Web) -> None:
    assert "in 2025" in get(told, f"{ONE}/report?year=2025").text
    assert "in 2026" in get(told, f"{ONE}/report").text
    get(told, f"{ONE}/report?year=2024", 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/clusters/999999", 404),
        ("/reports/clusters/999999/report", 404),
        ("/reports/areas/100000/report", 404),
        ("/reports/areas/0/privacy-notice", 404),
        ("/reports/clusters/..%2F..%2F..%2Fstate/report", 404),
        ("/reports/clusters/100000/..%2Findex.json", 404),
        ("/reports/clusters/100000/index.json", 400),
        ("/reports/elsewhere/100000/report", 400),
        (f"{ONE}/report?lang=../../..", 400),
        (f"{ONE}/report?lang=..", 400),
        (f"{ONE}/report?year=20260", 400),
        (f"{ONE}/report?of=x", 400),
        (f"/reports?search={'x' * 101}", 400),
    ],
)
def test_no_address_reaches_another_file(told: Web, path: str, status: int) -> None:
    assert "<h1" in get(told, path, status).text


def test_a_code_with_signs_of_its_own_is_a_folder_of_its_own_inside_the_edition(told: Web) -> None:
    root = told.gateway.home.state / "reports/2026/en/clusters"
    for code, name in ODD.items():
        assert (root / file_name(code) / "report.html").parent.parent == root
        page = get(told, "/reports", search=name).text
        assert "<script>alert" not in page
        assert any("/reports/clusters/" in one for one in links(page))
    assert len({file_name(code) for code in (*ODD, "a_b", "a.b", "a%2Fb", ".", "..")}) == len(ODD) + 5
    assert all(set(file_name(code)).isdisjoint("/.\\") for code in (*ODD, ".", "..", "a.b"))


def test_a_call_makes_no_number(told: Web) -> None:
    """What is asked after the reports were written moves nothing that is served."""
    before = {path: get(told, path).content for path in (f"{ONE}/report", f"{ONE}/privacy-notice")}
    told.ask()
    assert {path: get(told, path).content for path in before} == before


def test_where_nothing_is_published_it_is_said(shared: Web) -> None:
    assert "None are published yet" in get(shared, "/reports").text
    get(shared, f"{ONE}/report", 404)
    assert shared.client.get("/api/v1/reports").status_code == 404


def test_the_pages_are_whole_and_load_nothing_from_elsewhere(told: Web, shared: Web) -> None:
    for web, path in (
        (shared, "/reports"),
        (told, "/reports?search=school"),
        (told, ONE),
        (told, f"{ONE}/report"),
    ):
        read = Reader(get(web, path).text)
        assert read.open == []
        assert {"img", "iframe"} & set(read.tags) == set()
        assert (read.tags.count("title"), read.tags.count("h1"), read.tags.count("main")) == (1, 1, 1)
        named = [value for name, value in read.names if name in {"href", "src", "action"}]
        assert [value for value in named if not value.startswith(("/", "#"))] == []
