"""Two versions of policy files side by side: what widens, what narrows, and what past queries would meet now."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.compare_policies import Comparison, compare
from enclave.actions.replay_queries import MOST_REPLAYED, Replayed, Under, replay
from enclave.outputs.keeping import MOST_LISTED, Reading
from enclave.outputs.records import QueryRecord
from enclave.wiring.catalogue_view import CatalogueView
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policies import CACHE, policies_of, policies_of_version
from enclave.wiring.policy_git import commit_of, files_of
from enclave.wiring.policy_versions import numbered
from enclave.wiring.records import DATABASE, open_records
from enclave.wiring.sources import SystemClock

FILES: Final = "files"
IN_FORCE: Final = "in-force"


@dataclass(frozen=True, slots=True)
class Difference:
    """What `before` and `after` differ in. `replayed` is None where there is no home, so nothing was ever asked."""

    comparison: Comparison
    replayed: tuple[Replayed, ...] | None


def difference(before: str, after: str, *, folder: Path, home: Home | None, replays: bool) -> Difference:
    """Compare two versions, each named by a revision of git, a number, a folder, `files` or `in-force`.

    Raises:
        Findings: one of them has an error.
        WrongUse: a name means nothing here.
    """
    was, now = (_policies(name, folder, home) for name in (before, after))
    replayed = _replayed(was, now, home) if home is not None and replays else None
    return Difference(compare(was, now), replayed)


def _policies(name: str, folder: Path, home: Home | None) -> Policies:
    today = SystemClock().now().date()
    cache = None if home is None else home.state / CACHE
    if name == FILES:
        return load_policies(folder, today=today, cache=cache)
    if name == IN_FORCE:
        return policies_of(_needed(home, name))
    if name.removeprefix("v").isdecimal():
        opened = _needed(home, name)
        return policies_of_version(opened, numbered(opened, int(name.removeprefix("v"))), today=today)
    if Path(name).is_dir():
        return load_policies(Path(name), today=today, cache=cache)
    with files_of(folder, commit_of(folder, name)) as files:
        return load_policies(files, today=today, cache=cache)


def _needed(home: Home | None, name: str) -> Home:
    if home is None:
        raise WrongUse(f"{name} needs a home: --home")
    return home


def _replayed(before: Policies, after: Policies, home: Home) -> tuple[Replayed, ...]:
    if not (home.state / DATABASE).is_file():
        return ()
    with (
        closing(CatalogueView(before.catalogue)) as was,
        closing(CatalogueView(after.catalogue)) as now,
        _reading(home) as reading,
    ):
        asked = tuple(_asked(reading))
        return replay(asked, Under(before, was), Under(after, now), now=SystemClock().now())


@contextmanager
def _reading(home: Home) -> Iterator[Reading]:
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        yield reading


def _asked(reading: Reading) -> Iterator[QueryRecord]:
    """The latest queries, page by page."""
    before: int | None = None
    for _ in range(MOST_REPLAYED // MOST_LISTED):
        page = reading.queries(before=before)
        yield from page
        if len(page) < MOST_LISTED:
            return
        before = int(str(page[-1].id).rpartition("-")[2])
