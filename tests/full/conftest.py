"""What tests in a browser and against a real sign-in service share. `make tools` installs what they need."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from enclave.wiring.demo import gateway_process
from tests.support.browser import a_browser
from tests.support.commands import done
from tests.support.provider import Certificate, make_certificate

expect.set_options(timeout=30_000)  # milliseconds: a busy machine takes its time


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for all."""
    with a_browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with cookies of its own, in a desktop window; certificates of tests are believed."""
    context = browser.new_context(
        ignore_https_errors=True, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Of 127.0.0.1. A gateway believes it with `SSL_CERT_FILE` set to its file."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tiny synthetic data. Copy it with `tests.support.processes.copy_home` to change it."""
    folder = tmp_path_factory.mktemp("deployment")
    home, source = folder / "home", folder / "source"
    done("init", home)
    done("data", "synthesise", "--out", source, "--scale", "tiny", "--seed", "1")
    done("data", "load", "--home", home, "--source", source)
    return home


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[str]:
    """The address of a gateway, a real process, that serves the home with the development issuer."""
    with gateway_process(home) as process:
        yield process.url
