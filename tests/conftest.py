"""What every test shares: how hard Hypothesis tries, and that nothing is left open.

`dev` draws new examples on each run; `ci` draws the same ones every time, so that a red run can be repeated.
"""

import atexit
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile(
    "ci", deadline=None, max_examples=50, derandomize=True, database=None, print_blob=True
)
settings.register_profile("deep", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

FILES_THAT_TAKE_LONG = ("tests/attacks/sessions/", "tests/fuzz/", "tests/foreign/", "tests/journeys/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no process is left alone with one; else as they were drawn."""
    items.sort(key=lambda item: not item.nodeid.startswith(FILES_THAT_TAKE_LONG))


@pytest.fixture(scope="session", autouse=True)
def let_go_of_what_is_cached() -> Iterator[None]:
    """Engines that test helpers keep with `@cache` end before the interpreter does, which would complain of each."""
    yield
    modules = [module for name, module in sys.modules.items() if name.startswith("tests.")]
    for value in (value for module in modules for value in vars(module).values()):
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@atexit.register
def end_with_the_closing_line() -> None:
    """DuckDB's bindings print a census of themselves after the last exit handler, where anything still knows their
    module, as Hypothesis does. The report and the exit code stand already.
    """
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
