"""Every page of the service in a real browser, with something in every state behind it."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from enclave.wiring.demo import gateway_process
from synthetic_data.questions import RESEARCHER
from tests.support.every_state import HOSTILE, MISTAKEN, Seeded, call_a_code_so, seed
from tests.support.looking import NARROW, Looking, looks, stops, violations, wider_than_the_window
from tests.support.processes import copy_home

PROJECT = "/projects/P-2026-014"
ZOOMED: ViewportSize = {"width": 640, "height": 450}
"""A window of 1280 pixels at 200 %."""


@pytest.fixture(scope="module")
def seeded(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("seeded") / "home"
    copy_home(home, folder)
    call_a_code_so(folder, "ethnic_group_major", "WHIT", HOSTILE)
    with gateway_process(folder) as process:
        yield seed(process.url)


def everybody(browser: Browser, seeded: Seeded, **options: object) -> Iterator[tuple[Looking, str]]:
    """Each page with the browser of whoever looks at it."""
    for person, pages in seeded.pages.items():
        looking = looks(browser, seeded.url, person, **options)
        for path in pages:
            yield looking, path
        looking.context.close()


def test_no_page_breaks_a_rule_of_wcag_that_a_program_can_try(browser: Browser, seeded: Seeded) -> None:
    found = {}
    for looking, path in everybody(browser, seeded):
        page = looking.opens(path)
        broken = violations(page)
        page.emulate_media(forced_colors="active")
        broken += violations(page)
        if broken:
            found[path] = broken
        page.close()
    assert found == {}


def test_no_page_complains_loads_from_elsewhere_or_runs_what_people_wrote(
    browser: Browser, seeded: Seeded
) -> None:
    said: list[str] = []
    for looking, path in everybody(browser, seeded):
        page = looking.opens(path)
        page.wait_for_load_state("networkidle")
        said += looking.said
        looking.said.clear()
        page.close()
    assert [one for one in said if "404 (Not Found)" not in one] == []


def test_no_page_scrolls_sideways_at_320_pixels_or_zoomed_to_200_per_cent(
    browser: Browser, seeded: Seeded
) -> None:
    found = {}
    for looking, path in everybody(browser, seeded, viewport=NARROW):
        page = looking.opens(path)
        wide = wider_than_the_window(page)
        page.set_viewport_size(ZOOMED)
        wide += wider_than_the_window(page)
        if wide:
            found[path] = wide
        page.close()
    assert found == {}


def test_every_page_is_whole_without_javascript(browser: Browser, seeded: Seeded) -> None:
    """It has its heading, and shows nothing that only a script could make work."""
    for looking, path in everybody(browser, seeded, java_script_enabled=False):
        page = looking.opens(path)
        expect(page.locator("h1").first).to_be_visible()
        for one in page.locator(".enc-with-js, [data-enc-editor] .cm-editor").all():
            expect(one).to_be_hidden()
        page.close()


def test_labels_of_codes_are_text_on_a_page_in_its_chart_and_in_the_page_of_the_bundle(
    browser: Browser, seeded: Seeded, tmp_path: Path
) -> None:
    looking = looks(browser, seeded.url, RESEARCHER)
    page = looking.opens(f"/outputs/{seeded.trend}")
    expect(page.get_by_role("cell", name=f"{HOSTILE} (WHIT)", exact=True).first).to_be_visible()
    expect(page.locator("svg text", has_text="<img src=x").first).to_be_visible()
    expect(page.get_by_role("cell", name="z", exact=True)).to_have_count(
        0
    )  # years that the project does not have
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download everything (zip)").click()
    with zipfile.ZipFile(taken.value.path()) as bundle:
        bundle.extractall(tmp_path)
    alone = looking.context.new_page()
    alone.on("dialog", lambda dialog: looking.said.append(dialog.message))
    alone.on("console", lambda message: looking.said.append(message.text))
    alone.goto(f"file://{tmp_path}/{seeded.trend}/{seeded.trend}.html")
    expect(alone.get_by_role("cell", name=f"{HOSTILE} (WHIT)", exact=True).first).to_be_visible()
    expect(alone.locator("svg polyline").first).to_be_visible()
    assert violations(alone) == []
    assert looking.said == []
    looking.context.close()


def test_with_forced_colours_nothing_loses_its_contrast(browser: Browser, seeded: Seeded) -> None:
    looking = looks(browser, seeded.url, RESEARCHER, forced_colors="active")
    for path in (f"{PROJECT}/query", f"/queries/{seeded.refused}", f"/outputs/{seeded.released}"):
        page = looking.opens(path)
        assert violations(page) == []
        page.close()
    page = looking.opens(f"/queries/{seeded.refused}")
    mark = page.locator(".enc-code mark").first
    assert "underline" in mark.evaluate("one => getComputedStyle(one).textDecorationLine")
    looking.context.close()


@pytest.mark.parametrize("path", ["/query", "/saved", "/history", "/outputs", "/fields?find=fsm"])
def test_the_focus_can_be_seen_and_nothing_lies_over_it(browser: Browser, seeded: Seeded, path: str) -> None:
    looking = looks(browser, seeded.url, RESEARCHER)
    page = looking.opens(f"{PROJECT}{path}")
    reached = stops(page)
    assert len(reached) > 8
    assert [stop for stop in reached if not stop["visible"] or not stop["free"]] == []
    looking.context.close()


def goes_to_the_output(page: Page) -> None:
    """Where it takes longer than a page waits, the page goes on by itself, or has a link without JavaScript."""
    expect(page).to_have_url(re.compile("/(outputs|queries)/"))
    at_last, again = page.locator("main table").first, page.get_by_role("link", name="Look again")
    expect(at_last.or_(again)).to_be_visible()
    while again.is_visible():
        again.click()
        expect(at_last.or_(again)).to_be_visible()
    expect(page).to_have_url(re.compile("/outputs/"))


def test_a_mistake_is_underlined_mended_with_one_click_and_the_answer_taken_home(
    browser: Browser, seeded: Seeded, tmp_path: Path
) -> None:
    looking = looks(browser, seeded.url, RESEARCHER)
    page = looking.opens(PROJECT)
    page.get_by_role("link", name="Write a query").click()
    page.locator(".cm-content").click()
    page.keyboard.insert_text(MISTAKEN.replace("GROUP BY", "WHERE academic_year = '2023/24' GROUP BY"))
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("heading", name="This query cannot run")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_text("surname")
    expect(page).to_have_title(re.compile("^Error: "))
    page.get_by_role("button", name=re.compile("^Apply fix")).click()
    expect(page.get_by_role("heading", name="Before you run")).to_be_visible()
    expect(page.locator(".cm-content")).not_to_contain_text("surname")
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    page.get_by_role("button", name="Run").click()
    goes_to_the_output(page)
    expect(page.get_by_role("cell", name="c", exact=True).first).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download everything (zip)").click()
    taken.value.save_as(tmp_path / "all.zip")
    assert (tmp_path / "all.zip").read_bytes().startswith(b"PK")
    assert looking.said == []
    looking.context.close()


def test_the_same_way_goes_without_javascript(browser: Browser, seeded: Seeded) -> None:
    looking = looks(browser, seeded.url, RESEARCHER, java_script_enabled=False)
    page = looking.opens(f"{PROJECT}/query")
    page.get_by_label("SQL").fill(MISTAKEN.replace("GROUP BY", "WHERE academic_year = '2022/23' GROUP BY"))
    page.get_by_role("button", name="Check (free)").click()
    expect(page.locator("mark")).to_have_text("surname")
    page.get_by_role("button", name=re.compile("^Apply fix")).click()
    expect(page.get_by_role("heading", name="Before you run")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    goes_to_the_output(page)
    expect(page.get_by_role("cell", name="c", exact=True).first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("pupils"))).to_be_visible()
    looking.context.close()


def test_the_editor_completes_granted_fields_and_published_codes(browser: Browser, seeded: Seeded) -> None:
    looking = looks(browser, seeded.url, RESEARCHER)
    page = looking.opens(f"{PROJECT}/query")
    page.wait_for_load_state("networkidle")
    page.locator(".cm-content").click()
    page.keyboard.type("SELECT fsm_el", delay=20)
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("fsm_eligible")
    page.keyboard.press("Escape")
    page.keyboard.type("igible FROM school_census_pupil WHERE term = '", delay=5)
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("AUT")
    looking.context.close()


def test_tab_leaves_the_editor_unless_it_was_told_to_indent(browser: Browser, seeded: Seeded) -> None:
    looking = looks(browser, seeded.url, RESEARCHER)
    page = looking.opens(f"{PROJECT}/query")
    inside = "() => document.activeElement.closest('.cm-editor') !== null"
    page.locator(".cm-content").click()
    page.keyboard.press("Tab")
    assert not page.evaluate(inside)
    page.get_by_label("Tab indents").check()
    page.locator(".cm-content").click()
    page.keyboard.press("Tab")
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate(inside)
    looking.context.close()
