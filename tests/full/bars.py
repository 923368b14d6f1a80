"""What every page must bear, asked of a page in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from enclave.terms import PersonId
from tests.support.web import Web

AXE: Final = (Path(__file__).parent / "node/node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN: Final = "async rules => (await axe.run(document, {runOnly: {type: 'tag', values: rules}})).violations"
COVERED: Final = """() => {
  const found = document.activeElement, box = found.getBoundingClientRect();
  if (found === document.body || box.width * box.height === 0) return null;
  const x = Math.min(Math.max(box.left + Math.min(box.width, 40) / 2, 1), innerWidth - 2);
  const y = Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 1), innerHeight - 2);
  if (box.bottom < 0 || box.top > innerHeight) return 'outside: ' + found.outerHTML.slice(0, 120);
  const top = document.elementFromPoint(x, y);
  const own = top && (found.contains(top) || top.contains(found));
  const near = own || top?.closest('label, .govuk-checkboxes__item');
  return near ? null : 'covered: ' + found.outerHTML.slice(0, 120) + ' by ' + top?.outerHTML.slice(0, 80);
}"""


@contextmanager
def looking(browser: Browser, web: Web, person: PersonId | None, **how: Any) -> Iterator["Looking"]:
    """A browser of its own, in which somebody is signed in, and all that it complains about."""
    signed = {} if person is None else {"Authorization": f"Bearer {web.token(person)}"}
    how.setdefault("viewport", {"width": 1280, "height": 900})
    context = browser.new_context(locale="en-GB", extra_http_headers=signed, **how)
    looker = Looking(context.new_page())
    yield looker
    context.close()
    assert looker.complaints == []


class Looking:
    """A page, and what went wrong on it: errors of scripts, what its policy kept out, dialogs, calls elsewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self._asked(request.url))

    def opens(self, address: str) -> Page:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        return self.page

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith("http://127.0.0.1:"):
            self.complaints.append(f"asked for {url}")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(RUN, RULES)
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def stung(page: Page) -> bool:
    """Whether something that somebody wrote ran as a script."""
    found: bool = page.evaluate("'stung' in window")
    return found


def covered_on_the_way(page: Page, steps: int) -> list[str]:
    """What had the focus and could not be seen, in so many presses of Tab."""
    found = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        hidden = page.evaluate(COVERED)
        if hidden:
            found.append(hidden)
    return found
