"""The pictures of a researcher's pages in the docs, taken anew: `make pictures`. Look at each before committing it."""

import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from enclave.wiring.demo import demo_home, gateway_process
from synthetic_data.questions import PROJECT, RESEARCHER
from tests.support.browser import a_browser
from tests.support.every_state import MISTAKEN, PLAIN_WORDS, Seeded, seed
from tests.support.looking import looks

FOLDER: Final = Path(__file__).parents[2] / "docs/pictures/pages"
WINDOW: Final = {"width": 900, "height": 760}


def take() -> None:
    """All of them, from a home of tiny synthetic data with something in every state."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        demo_home(home, scale="tiny")
        with gateway_process(home) as process, a_browser() as browser:
            seeded = seed(process.url, PLAIN_WORDS)
            looking = looks(browser, process.url, RESEARCHER, viewport=WINDOW, device_scale_factor=0.75)
            for name, path in _addresses(seeded):
                page = looking.opens(path)
                _keep(page, name)
                page.close()
            page = looking.opens(f"/projects/{PROJECT}/query")
            _refused(page)
            looking.context.close()


def _addresses(seeded: Seeded) -> tuple[tuple[str, str], ...]:
    project = f"/projects/{PROJECT}"
    return (
        ("project", project),
        ("field", f"{project}/fields/school_census_pupil/sen_type_primary"),
        ("history", f"{project}/history"),
        ("changes", f"{project}/changes?before={seeded.refused}&after={seeded.done}"),
        ("outputs", f"{project}/outputs"),
        ("output-released", f"/outputs/{seeded.released}"),
        ("output-years", f"/outputs/{seeded.trend}?row=60#chart"),
        ("output-returned", f"/outputs/{seeded.returned}"),
    )


def _refused(page: Page) -> None:
    """A query with a mistake, and the same mended."""
    page.locator(".cm-content").click()
    page.keyboard.insert_text(MISTAKEN.replace(" FROM", "\nFROM").replace(" GROUP", "\nGROUP"))
    page.keyboard.press("Control+Shift+Enter")
    page.locator(".cm-lintRange-error").wait_for()
    _keep(page, "query-refused")
    page.get_by_role("button", name="Apply fix").first.click()
    page.get_by_role("heading", name="Before you run").wait_for()
    _keep(page, "query-checked")


def _keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    height = min(page.evaluate("document.documentElement.scrollHeight"), 1400)
    page.screenshot(
        path=FOLDER / f"{name}.png", clip={"x": 0, "y": 0, "width": 900, "height": height}, full_page=True
    )


if __name__ == "__main__":
    take()
