"""The gate is gone: any SQL reaches the engine. Its settings and the sandbox still hold, each alone.

Judged by effects: rows that came back, files that changed, calls at the gateway's door. With nothing in the way every
statement has its effect, or the test would prove nothing. What these two layers do *not* stop is tested too, for it is
what the worker's own reader and the gate are there for.
"""

from collections.abc import Sequence

import pytest

from enclave.engines.duckdb import kernel
from tests.attacks.breach.prisoner import SANDBOX, SETTINGS, settings
from tests.attacks.breach.statements import CLASSES
from tests.attacks.breach.trials import Reached, reached

ACCESS, LOCK = "enable_external_access", "lock_configuration"
PROVED_BESIDE = (
    "python_enable_replacements",
    "allow_persistent_secrets",
    "autoinstall_known_extensions",
    LOCK,
)
"""Settings that stand behind the first: each is seen to matter once that one is gone."""
FAILS_SHUT = "allowed_paths"
SIZE = "SELECT size FROM read_blob('{tier1}')"
SAME_FILE, MATTER_OF_SETTINGS = "the same file", {"a setting", "the interpreter"}
ARRANGEMENTS: tuple[tuple[str, ...], ...] = (
    ("",),
    ("", SETTINGS),
    ("", SANDBOX),
    ("", SETTINGS, SANDBOX),
    *((name, SETTINGS) for name in settings()),
    *((name, SETTINGS, SANDBOX) for name in settings()),
    *((f"{ACCESS},{name}", SETTINGS) for name in PROVED_BESIDE),
)
Trials = dict[tuple[str, ...], Reached]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    found = reached(tmp_path_factory.mktemp("breach"), ARRANGEMENTS)
    return dict(zip(ARRANGEMENTS, found, strict=True))


def canaries(found: Reached, *, but: Sequence[str] = (SAME_FILE,)) -> set[str]:
    beyond = [text for name, texts in CLASSES.items() if name not in but for text in texts]
    return {text for text in beyond if "canary" in found.given[text] or "root:" in found.given[text]}


def test_with_nothing_in_the_way_every_class_of_statement_has_its_effect(trials: Trials) -> None:
    found = trials["",]
    assert found.classes >= CLASSES.keys() - {"a socket", "a program"}  # those are seen at the door
    assert found.calls > 10
    assert {"left.csv", "left.duckdb", "left/schema.sql", "secret.csv", "allowed.parquet"} <= found.changed
    assert len(found.of("a tier 1 field")) == len(CLASSES["a tier 1 field"])
    assert len(found.of("another file")) >= 37
    assert len(canaries(found)) >= 40


def test_the_engine_settings_alone_let_through_nothing_but_the_granted_file(trials: Trials) -> None:
    found = trials["", SETTINGS]
    assert found.classes == {SAME_FILE}
    assert (found.changed, found.calls, canaries(found)) == (frozenset(), 0, set())


def test_the_sandbox_alone_keeps_every_byte_of_other_files_and_every_call_in(trials: Trials) -> None:
    """It hides no metadata: whether a file is there, and its size, a worker that was taken over can learn."""
    found = trials["", SANDBOX]
    assert (found.changed, found.calls) == (frozenset(), 0)
    if kernel.landlock_version() == 0:
        return  # such a machine reaches level 1, and a house that asks for more runs nothing on it
    assert found.classes - MATTER_OF_SETTINGS == {SAME_FILE, "a tier 1 field"}
    assert found.of("a tier 1 field") == {SIZE}
    assert canaries(found, but=(SAME_FILE, "the interpreter")) == set()


@pytest.mark.parametrize("left_out", settings())
def test_with_any_one_setting_gone_settings_and_sandbox_still_let_nothing_through(
    trials: Trials, left_out: str
) -> None:
    found = trials[left_out, SETTINGS, SANDBOX]
    may = {SAME_FILE} | ({"a setting"} if left_out == LOCK else set())
    if left_out == ACCESS and kernel.landlock_version() > 0:
        assert found.of("a tier 1 field") <= {SIZE}
        may |= {"a tier 1 field"}
    assert (found.changed, found.calls) == (frozenset(), 0)
    if left_out != ACCESS or kernel.landlock_version() > 0:
        assert (found.classes - may, canaries(found)) == (set(), set())


@pytest.mark.parametrize("left_out", [name for name in settings() if name not in (ACCESS, LOCK)])
def test_with_any_one_setting_gone_but_two_the_settings_alone_still_hold(
    trials: Trials, left_out: str
) -> None:
    found = trials[left_out, SETTINGS]
    assert found.classes == (set() if left_out == FAILS_SHUT else {SAME_FILE})
    assert (found.changed, found.calls, canaries(found)) == (frozenset(), 0, set())


def test_without_the_end_of_external_access_the_settings_alone_do_not_hold(trials: Trials) -> None:
    """So the tests above can fail."""
    found = trials[ACCESS, SETTINGS]
    assert {"another file", "a tier 1 field", "a write"} <= found.classes
    assert "left.csv" in found.changed
    assert found.calls > 0


def test_without_the_lock_settings_are_changed(trials: Trials) -> None:
    assert trials["", SETTINGS].of("a setting") == set()
    assert trials[LOCK, SETTINGS].of("a setting") >= {"SET memory_limit = '64GB'", "SET threads = 64"}


def test_each_setting_behind_the_first_stops_something_of_its_own(trials: Trials) -> None:
    beside = {name: trials[f"{ACCESS},{name}", SETTINGS] for name in PROVED_BESIDE}
    first = trials[ACCESS, SETTINGS]
    assert "the interpreter" in beside["python_enable_replacements"].classes - first.classes
    assert "secrets/s.duckdb_secret" in beside["allow_persistent_secrets"].changed - first.changed
    assert beside["autoinstall_known_extensions"].calls > first.calls
    assert "left.log" in beside[LOCK].changed - first.changed
