"""Looking at a page in a real browser: what axe finds, whether it fits, what the console says, where the focus is."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE: Final = Path(__file__).parents[1] / "full/node/node_modules/axe-core/axe.min.js"
WCAG: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
NARROW: Final = {"width": 320, "height": 640}
WINDOW: Final = {"width": 1280, "height": 900}
MOST_STOPS: Final = 60

_RUN_AXE = """tags => axe.run(document, {runOnly: tags}).then(found => found.violations.map(
  one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html.slice(0, 200)).join(' | ').slice(0, 800)}`))"""
_WIDER = """() => { const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return ['the page', ...[...document.querySelectorAll('body *')].filter(
    one => one.getBoundingClientRect().right > wide + 1).map(one => one.outerHTML.slice(0, 160))].slice(0, 9); }"""
_FOCUS = """() => { const one = document.activeElement; if (!one || one === document.body) return null;
  const shown = one.closest('.cm-editor') || one, style = getComputedStyle(shown), box = one.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 10), 1), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const label = one.labels && one.labels[0] ? getComputedStyle(one.labels[0], '::before') : null;
  const marked = (s) => (s.outlineStyle !== 'none' && s.outlineWidth !== '0px') || s.boxShadow !== 'none';
  return {html: one.outerHTML.slice(0, 160), visible: marked(style) || (label !== null && marked(label)),
    free: top !== null && (one.contains(top) || top.contains(one)
      || (one.labels && [...one.labels].some(l => l.contains(top))))}; }"""


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


@dataclass
class Looking:
    """One person's browser. `said` is all that the console and the policy of the page complained of."""

    url: str
    context: "BrowserContext"
    said: list[str] = field(default_factory=list)

    def opens(self, path: str) -> "Page":
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(f"{path}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"{path}: {error}"))
        page.on("dialog", lambda dialog: self.said.append(f"{path}: a dialog, {dialog.message}"))
        page.on("request", lambda request: self._elsewhere(path, request.url))
        page.goto(f"{self.url}{path}")
        return page

    def _elsewhere(self, path: str, address: str) -> None:
        if not address.startswith((self.url, "data:")):
            self.said.append(f"{path}: a request to {address}")


def looks(browser: "Browser", url: str, person: str, **options: Any) -> Looking:
    """A browser context in which somebody has signed in; with `person` empty nobody has."""
    context = browser.new_context(**{"viewport": WINDOW, "locale": "en-GB", **options})
    if person:
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        page.locator(f'button[name=persona][value="{person}"]').click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
        page.close()
    return Looking(url, context)


def violations(page: "Page") -> list[str]:
    """What WCAG 2.2 A and AA rules that can be tried by a program find."""
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_RUN_AXE, WCAG)
    return found


def wider_than_the_window(page: "Page") -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(_WIDER)
    return found


def stops(page: "Page") -> list[dict[str, Any]]:
    """Where the focus goes with Tab: whether it can be seen there, and whether anything lies over it."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS)
        if stop is None:
            break
        found.append(stop)
    return found
