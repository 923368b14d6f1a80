"""A real browser: Chromium, without a window, which reaches no other machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def chromium() -> str:
    """Where the browser is."""
    found = [shutil.which(name) for name in (os.environ.get("ENCLAVE_CHROMIUM", NAMES[0]), *NAMES)]
    return next(path for path in found if path is not None)


@contextmanager
def a_browser() -> Iterator["Browser"]:
    """One browser for many tests; each opens its own context, with cookies of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()
