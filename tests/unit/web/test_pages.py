"""What every page has: its layout, its headers, its files; and problems that people read as pages."""

import re
from typing import Any

import pytest
from jinja2 import UndefinedError

from enclave.problems.service import NotFound
from enclave.web.pages import rendering
from enclave.web.pages.assets import FOLDER, asset
from tests.support.service import ASKS
from tests.support.web import ANYBODY, Web

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ADDRESS = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


def page(web: Web, path: str, person: Any = ANYBODY) -> Any:
    signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
    return web.client.get(path, headers={**BROWSER, **signed})


def test_the_first_page_says_whose_house_it_is_and_that_its_data_are_made_up(web: Web) -> None:
    answer = page(web, "/")
    assert answer.status_code == 200
    assert "<h1" in answer.text
    assert web.service.policies.house.name in answer.text
    assert "made up" in answer.text


def test_the_menu_has_what_somebody_may_use(web: Web) -> None:
    assert 'href="/projects"' not in page(web, "/").text
    assert 'href="/projects"' in page(web, "/", ASKS).text


def test_all_that_a_page_loads_is_here_and_may_be_kept_for_ever(web: Web) -> None:
    addresses = ADDRESS.findall(page(web, "/").text)
    assert len(addresses) >= 4
    for address in addresses:
        answer = web.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_a_file_is_the_same_packed_and_plain(web: Web) -> None:
    packed = web.client.get(asset("enclave.css"), headers={"Accept-Encoding": "gzip"})
    plain = web.client.get(asset("enclave.css"), headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == (FOLDER / "enclave.css").read_bytes()


@pytest.mark.parametrize("name", ["enclave.css", "enclave.0000000000000000.css", "..%2Fassets.py", "%2e%2e"])
def test_only_files_under_their_own_hash_are_given(web: Web, name: str) -> None:
    assert web.client.get(f"/assets/{name}").status_code == 404


def test_a_browser_may_run_and_load_only_what_comes_from_here(web: Web) -> None:
    policy = page(web, "/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; script-src 'self'")
    assert "unsafe" not in policy


def test_nothing_reserved_and_no_other_host_is_in_what_pages_load() -> None:
    style = (FOLDER / "enclave.css").read_text("utf-8")
    for word in ("@font-face", "url(", "crest", "crown", "Transport", "@import"):
        assert word not in style


def test_people_read_a_problem_as_a_page_and_programs_as_a_document(web: Web) -> None:
    read = page(web, "/nowhere")
    assert read.status_code == 404
    assert read.headers["content-type"].startswith("text/html")
    assert NotFound.title in read.text
    assert web.client.get("/nowhere").json()["code"] == "not-found"
    assert page(web, "/api/v1/nowhere").json()["code"] == "not-found"


def test_an_error_of_ours_is_a_page_with_its_id_alone(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("enclave.web.pages.front.page", broken)
    answer = page(web, "/")
    assert answer.status_code == 500
    assert "F-1" in answer.text
    assert "secret" not in answer.text


def test_when_no_page_can_be_made_an_error_of_ours_is_a_document(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("enclave.web.pages.rendering._layout", broken)
    answer = page(web, "/")
    assert answer.status_code == 500
    assert answer.json()["code"] == "fault"
    assert "secret" not in answer.text


def test_what_a_template_misspells_is_an_error_and_what_it_shows_is_escaped() -> None:
    made = rendering._environment()
    for text in ("{{ nothing }}", "{{ thing.nothing }}"):
        with pytest.raises(UndefinedError):
            made.from_string(text).render(thing=NotFound(detail="A sentence."))
    assert made.from_string("{{ text }}").render(text="<script>") == "&lt;script&gt;"
    assert made.from_string("{% if given.nothing.at_all %}x{% endif %}").render(given={}) == ""


def test_a_form_is_read_by_pages_and_not_by_the_api(web: Web) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.client.post("/api/v1/check", content="a=b", headers=form).status_code == 415
    assert web.client.post("/nowhere", content="a=b", headers=form).status_code == 404
