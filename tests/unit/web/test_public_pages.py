"""Pages for everybody: they are whole HTML, load nothing from elsewhere, and take what people wrote for text."""

import xml.etree.ElementTree as ET
from datetime import timedelta
from html.parser import HTMLParser

import httpx2
import pytest

from enclave.outputs.records import Wanted
from enclave.wiring.policy_versions import Version, new_files, write_version
from tests.support.service import ASKS, THIS
from tests.support.web import Web

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert(1)</script>\" onmouseover='x' {{ 7*7 }} {name}"
ATOM = "{http://www.w3.org/2005/Atom}"
METHODS = ("small-numbers", "one-contributor", "differences", "checkers", "reasons", "record")
PAGES = (
    "/register",
    f"/register/{THIS}",
    "/methods",
    "/problems/not-found",
    *(f"/methods/{one}" for one in METHODS),
)


class Reader(HTMLParser):
    """Reads a page as a browser does: its tags, and what its links and sources name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def get(web: Web, path: str, **asked: str) -> httpx2.Response:
    answer = web.client.get(path, params=asked, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_loads_nothing_from_elsewhere(shared: Web, path: str) -> None:
    read = Reader(get(shared, path).text)
    assert read.open == []
    assert {"style", "img", "iframe"} & set(read.tags) == set()
    named = [value for name, value in read.names if name in {"href", "src", "action"}]
    assert [value for value in named if not value.startswith(("/", "#"))] == []
    assert "style" not in dict(read.names)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_language_a_title_one_heading_and_named_regions(shared: Web, path: str) -> None:
    read = Reader(get(shared, path).text)
    assert ("lang", "en-GB") in read.names
    assert (read.tags.count("title"), read.tags.count("h1"), read.tags.count("main")) == (1, 1, 1)
    assert read.tags.count("caption") == read.tags.count("table")


def test_a_page_says_that_its_data_are_made_up(shared: Web) -> None:
    for path in PAGES:
        assert "are made up" in get(shared, path).text


def test_police_home_office_and_courts_stand_on_the_register_although_they_asked_for_nothing(
    shared: Web,
) -> None:
    assert get(shared, "/register").text.count("0 requests, 0 records given") == 4


def test_a_search_narrows_the_register_and_keeps_its_words(shared: Web) -> None:
    page = get(shared, "/register", search="no such thing").text
    assert "0 uses that mention “no such thing”" in page
    assert 'value="no such thing"' in page
    assert f'href="/register/{THIS}"' in get(shared, "/register", search=str(THIS).lower()).text


def test_uses_are_listed_by_their_stage(shared: Web) -> None:
    assert "0 uses" in get(shared, "/register", stage="rejected").text
    assert f'href="/register/{THIS}"' in get(shared, "/register", stage="active").text


@pytest.mark.parametrize(
    ("path", "code"),
    [("/register/P-0", 404), ("/register.atom?project=P-0", 404), ("/methods/x", 404), ("/problems/x", 404),
     ("/register?stage=%3Cscript%3E", 400), ("/register?serach=x", 400)],
)  # fmt: skip
def test_what_is_not_there_is_said_as_a_page(shared: Web, path: str, code: int) -> None:
    answer = shared.client.get(path, headers=BROWSER)
    assert answer.status_code == code
    assert "<h1" in answer.text


def test_what_people_wrote_is_text_on_the_register_in_the_feed_and_in_the_file(web: Web) -> None:
    asked = {"project": THIS, "sql": "SELECT sex, count(*) AS n FROM patient GROUP BY 1", "name": HOSTILE}
    answer = web.call("POST", "/queries", body=asked, headers={"Prefer": "wait=5"}).json()
    assert answer["status"] == "released"
    for path in ("/register", f"/register/{THIS}"):
        page = get(web, path, **({"search": HOSTILE} if path == "/register" else {})).text
        assert "<script>alert" not in page
        assert "onmouseover" not in dict(Reader(page).names)
    assert HOSTILE in "".join(ET.fromstring(get(web, "/register.atom").content).itertext())
    assert get(web, "/register.csv").headers["content-disposition"].startswith("attachment")


def test_the_feed_has_each_release_once_and_one_use_has_a_feed_of_its_own(web: Web) -> None:
    output = web.released()
    for path in ("/register.atom", f"/register.atom?project={THIS}"):
        feed = ET.fromstring(get(web, path).content)
        ids = [one.findtext(f"{ATOM}id") or "" for one in feed.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids))
        assert sum(one.endswith(f"#release:{output}") for one in ids) == 1
        assert all(one.findtext(f"{ATOM}updated") for one in feed.iter(f"{ATOM}entry"))


def test_nothing_of_what_waits_for_checkers_is_public(web: Web) -> None:
    service = web.service
    id = service.with_checkers()
    service.ran("SELECT sex, count(*) AS unseen FROM patient GROUP BY 1", Wanted.CHECKERS)
    for path in ("/register", f"/register/{THIS}", "/register.atom", "/register.csv"):
        page = get(web, path).text
        assert id not in page
        assert "For the paper" not in page
        assert str(ASKS) not in page


def test_the_numbers_in_force_stand_on_the_pages_of_the_methods(shared: Web) -> None:
    house = shared.service.policies.house
    assert f"<strong>{house.rules.min_units} patients</strong>" in get(shared, "/methods/small-numbers").text
    assert f"{house.rules.dominance.k_percent}%" in get(shared, "/methods/one-contributor").text


def test_a_change_that_lets_more_through_is_on_the_register_before_it_is_in_force(web: Web) -> None:
    home, now = web.gateway.home, web.service.clock.now()
    new_files(home, 1)
    subjects = (f"{THIS} outcome grade", "somebody@infirmary.example")
    version = Version(
        1, "c0ffee", "a", "why", "hash", None, subjects, "admin", now, "second", now + timedelta(days=7)
    )
    write_version(home, version)
    page = get(web, "/register").text
    assert f"more will be let through: {THIS} outcome grade; people and organisations." in page
    assert "somebody@infirmary.example" not in page
