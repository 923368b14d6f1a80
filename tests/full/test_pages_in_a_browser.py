"""Pages of checkers, overseers and the public in a real browser, in every state that they must bear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from benchmarks.reports import reporter
from enclave.outputs.records import OutputId
from enclave.outputs.states import State, Verdict
from enclave.terms import PersonId
from enclave.transparency.languages import language
from enclave.transparency.report_pages import Kind
from enclave.transparency.reports import Provider, Reporter
from enclave.wiring.publishing import publish
from tests.full.bars import covered_on_the_way, looking, sideways, stung, violations
from tests.support.seeded import BUT_ONE, BY_SEX, HOSTILE, LONGEST, asked, many, on_a_port, wide
from tests.support.service import ADMIN, CHECKERS, SENIOR, THIS
from tests.support.web import Web

CHECKER = CHECKERS[0]
NARROW: ViewportSize = {"width": 320, "height": 640}
ZOOMED: ViewportSize = {"width": 640, "height": 450}
"""A window of 1280 pixels at 200 %."""
OVERSIGHT = ("", "/projects", f"/projects/{THIS}", "/versions", "/people", "/data", "/jobs", "/record")
METHODS = ("small-numbers", "one-contributor", "differences", "checkers", "reasons", "record")


@dataclass(frozen=True)
class States:
    """A running service, and outputs of it by what is the matter with them."""

    web: Web
    url: str
    outputs: dict[str, OutputId] = field(default_factory=dict)

    def pages(self) -> Iterator[tuple[str, str, PersonId | None]]:
        """Each page with its name and who looks at it."""
        yield "queue", "/checking", CHECKER
        yield "queue by the clock, further on", "/checking?order=clock&row=51", CHECKER
        yield "keys", "/checking/keys", CHECKER
        for part in ("released", "returned", "over"):
            yield f"checked, {part}", f"/checking/past/{part}", CHECKER
        yield "afterwards", "/looks", CHECKER
        yield "to be taken back", "/revocations", ADMIN
        for name, output in self.outputs.items():
            yield f"output, {name}", f"/checking/{output}", SENIOR if name == "disputed" else CHECKER
        for part in OVERSIGHT:
            yield f"oversight{part}", f"/oversight{part}", ADMIN
        yield "register", "/register", None
        yield "register, nothing found", "/register?search=nothing+of+the+kind", None
        yield "use", f"/register/{THIS}", None
        yield "methods", "/methods", None
        yield "reports", "/reports", None
        if self.outputs:
            yield "reports, many found", "/reports?search=school", None
            for place in ("clusters/100000", "areas/0"):
                yield f"reports of {place}", f"/reports/{place}", None
            for kind in Kind:
                yield f"{kind}", f"/reports/clusters/100000/{kind.value}", None
        yield "problem", "/problems/precondition-failed", None
        for method in METHODS:
            yield f"method {method}", f"/methods/{method}", None


def told() -> Reporter:
    """Sixty places and thirty projects; the first place has the longest name, and declares somebody."""
    found = reporter(60, 30)
    first = replace(found.places["100000"], name=f"{LONGEST} {HOSTILE}")
    return replace(
        found,
        places={**found.places, "100000": first},
        providers={"100000": (Provider("100000", HOSTILE, LONGEST, HOSTILE),)},
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    with Web(tmp_path_factory.mktemp("empty")) as web, on_a_port(web) as url:
        yield States(web, url)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """Five hundred wait; among them a large table, the longest names, hostile words, a dispute and a finding."""
    with Web(tmp_path_factory.mktemp("full")) as web:
        publish(web.gateway.home, told(), language())
        service = web.service
        service.ran(BY_SEX)
        outputs = {"clear": asked(service, BY_SEX), "with a finding": asked(service, BUT_ONE, name="But one")}
        outputs["long"] = asked(service, f"{BY_SEX}\n-- {LONGEST * 20}", name=LONGEST[:200], why=LONGEST * 10)
        outputs["hostile"] = asked(service, f"{BY_SEX}\n-- {HOSTILE}", name=HOSTILE, why=HOSTILE)
        outputs["large"] = wide(service, of=outputs["clear"], rows=500, columns=10)
        many(service, 500, of=outputs["clear"])
        outputs["disputed"] = service.with_checkers()
        service.vote(outputs["disputed"], CHECKERS[1], Verdict.REJECT, HOSTILE)
        service.vote(outputs["disputed"], CHECKERS[2])
        released = asked(service, BY_SEX + "\nORDER BY 1", name=HOSTILE)
        service.vote(released, CHECKERS[1])
        with on_a_port(web) as url:
            yield States(web, url, outputs)


def bears(states: States, browser: Browser) -> None:
    """axe, in forced colours too, a narrow window, a zoomed one, and nothing said, asked or run that should not be."""
    found: dict[str, object] = {}
    for person in (CHECKER, SENIOR, ADMIN, None):
        with looking(browser, states.web, person) as here:
            for name, path, who in states.pages():
                if who != person:
                    continue
                page = here.opens(states.url + path)
                found[name] = violations(page), stung(page)
                page.emulate_media(forced_colors="active")
                found[f"{name}, forced colours"] = violations(page), stung(page)
                page.emulate_media(forced_colors="none")
                for window in (ZOOMED, NARROW):
                    page.set_viewport_size(window)
                    found[f"{name}, {window['width']} wide"] = sideways(page)
                page.set_viewport_size({"width": 1280, "height": 900})
    assert {name: what for name, what in found.items() if what not in (([], False), 0)} == {}


def test_pages_with_nothing_on_them_bear_every_bar(empty: States, browser: Browser) -> None:
    bears(empty, browser)


def test_pages_with_very_much_on_them_bear_every_bar(full: States, browser: Browser) -> None:
    bears(full, browser)


def test_in_forced_colours_what_is_marked_stays_marked(full: States, browser: Browser) -> None:
    with looking(browser, full.web, CHECKER, forced_colors="active") as here:
        page = here.opens(f"{full.url}/checking/{full.outputs['with a finding']}")
        style = page.eval_on_selector(".enc-look-cell", "cell => getComputedStyle(cell).borderTopStyle")
        assert style == "double"
        expect(page.locator(".enc-look-cell").first).to_contain_text("look")
        assert violations(page) == []


def test_the_focus_is_never_under_the_bar(full: States, browser: Browser) -> None:
    with looking(browser, full.web, CHECKER, viewport={"width": 1280, "height": 500}) as here:
        for path in ("/checking", f"/checking/{full.outputs['with a finding']}"):
            here.opens(full.url + path)
            assert covered_on_the_way(here.page, 45) == []


def test_without_javascript_a_checker_returns_an_output_with_a_question_on_a_cell(
    tmp_path: Path, browser: Browser
) -> None:
    with Web(tmp_path) as web, on_a_port(web) as url:
        id = asked(web.service)
        with looking(browser, web, CHECKER, java_script_enabled=False) as here:
            page = here.opens(f"{url}/checking")
            page.click(f"#{id} a[data-enc-item]")
            page.fill("#comment", "Why so few?")
            page.fill("#row", "1")
            page.select_option("#column", "n")
            page.click("#return")
            page.wait_for_selector("h1:has-text('Queue')")
        assert web.service.state(id) is State.RETURNED
        (note,) = web.call("GET", f"/outputs/{id}").json()["reasons"]
        assert note == "About n: Why so few?"


def test_what_a_colleague_decided_meanwhile_is_told_and_what_was_typed_is_there(
    tmp_path: Path, browser: Browser
) -> None:
    with Web(tmp_path) as web, on_a_port(web) as url:
        id = asked(web.service)
        with looking(browser, web, CHECKER) as here:
            page = here.opens(f"{url}/checking/{id}")
            page.fill("#comment", "A long thought")
            web.service.vote(id, CHECKERS[1], Verdict.RETURN, "Which year?")
            page.click("#return")
            expect(page).to_have_title(re.compile("^Error: "))
            expect(page.locator("#comment")).to_have_value("A long thought")
            expect(page.locator(".govuk-error-summary")).to_have_count(1)
            assert violations(page) == []
            here.complaints.clear()  # the browser tells the developer of a 409 or 412


class Keys:
    """Presses keys, and counts them."""

    def __init__(self, browser_page: object) -> None:
        self.page = browser_page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)  # type: ignore[attr-defined]
            self.pressed += 1


def test_twenty_clear_outputs_take_at_most_forty_keys(tmp_path: Path, browser: Browser) -> None:
    """All by the keyboard: those that are drawn are opened, the others approved together."""
    with Web(tmp_path) as web, on_a_port(web) as url:
        first = asked(web.service)
        ids = [first, *many(web.service, 19, of=first)]
        with looking(browser, web, CHECKER) as here:
            page = here.opens(f"{url}/checking")
            keys = Keys(page)
            if page.locator("input[name=items]").count():
                keys.press("s", "b", "Enter")
                page.wait_for_selector("h1:has-text('to approve')")
                page.goto(f"{url}/checking")
            while page.locator("[data-enc-item]").count():
                keys.press("j", "Enter")
                page.wait_for_selector("#decision")
                keys.press("a", "Enter")
                page.wait_for_selector(".govuk-notification-banner, h1:has-text('Queue')")
                while page.locator("#decision").count():
                    here_now = page.url
                    keys.press("a", "Enter")
                    page.wait_for_function("before => location.href !== before", arg=here_now)
                    page.wait_for_load_state()
        assert {web.service.state(id) for id in ids} == {State.RELEASED}
        assert keys.pressed <= 40, keys.pressed


def test_single_keys_can_be_changed_and_switched_off_and_leave_fields_alone(
    full: States, browser: Browser
) -> None:
    review = f"{full.url}/checking/{full.outputs['with a finding']}"
    with looking(browser, full.web, CHECKER) as here:
        page = here.opens(f"{full.url}/checking/keys")
        page.fill("#key-approve", "g")
        page.locator("#key-approve").blur()
        here.opens(review)
        page.keyboard.press("a")
        assert page.evaluate("document.activeElement.id") == ""
        page.keyboard.press("g")
        expect(page.locator("#approve")).to_be_focused()
        page.focus("#comment")
        page.keyboard.type("agrx?")
        expect(page.locator("#comment")).to_have_value("agrx?")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("dialog[open]")).to_have_count(1)
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        here.opens(f"{full.url}/checking/keys")
        page.uncheck("#keys-on")
        here.opens(review)
        page.keyboard.press("g")
        assert page.evaluate("document.activeElement.id") == ""


def test_the_next_marked_cell_is_asked_about_by_two_keys(full: States, browser: Browser) -> None:
    with looking(browser, full.web, CHECKER) as here:
        page = here.opens(f"{full.url}/checking/{full.outputs['with a finding']}")
        page.keyboard.press("n")
        page.keyboard.press("c")
        expect(page.locator("#row")).to_have_value("2")
        expect(page.locator("#column")).to_have_value("n")
        expect(page.locator("#comment")).to_be_focused()


def test_of_a_wide_table_the_first_column_and_the_head_stay_in_sight(full: States, browser: Browser) -> None:
    with looking(browser, full.web, CHECKER, viewport={"width": 900, "height": 600}) as here:
        page = here.opens(f"{full.url}/checking/{full.outputs['large']}")
        page.eval_on_selector("#copy", "region => region.scrollTo(600, 2000)")
        region = page.locator("#copy").bounding_box()
        cell = page.locator("#copy tbody tr:nth-child(80) td").first.bounding_box()
        head = page.locator("#copy thead th").nth(1).bounding_box()
        assert region is not None
        assert cell is not None
        assert head is not None
        assert region["x"] <= cell["x"] <= region["x"] + 60
        assert abs(head["y"] - region["y"]) < 5
