"""The public numbers of reach of a home: made once for each fixed date, in the background, and kept in a file.

What is published does not change between two dates, whoever asks and whatever was asked since.
"""

import json
import threading
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from enclave.actions.count_reach import CountDesk, count_reach
from enclave.projects.model import House
from enclave.terms import ProjectId
from enclave.transparency.reach_counts import Counted, clusters_json, counted_json, last_date
from enclave.wiring.home import Home

FOLDER: Final = "public-reach"
STOP_SECONDS: Final = 10.0
NONE: Final[dict[str, Any]] = {"counted_on": None, "projects": {}}


def published_reach(home: Home) -> dict[str, Any]:
    """The latest numbers that there are: by project `years` with `units`, and `clusters` by year; at first none."""
    files = sorted((home.state / FOLDER).glob("*.json"))
    return _read(files[-1]) if files else NONE


@lru_cache(maxsize=2)
def _read(path: Path) -> dict[str, Any]:
    """Such a file never changes."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def publish_reach(home: Home, desk: CountDesk, house: House, on: date) -> Path:
    """Count as of a date and keep it. What is there already stays."""
    path = _path(home, on)
    if path.exists():
        return path
    content = json.dumps(_told(count_reach(desk, house, on)), ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(content, "utf-8")
    beside.replace(path)
    return path


def _path(home: Home, on: date) -> Path:
    return home.state / FOLDER / f"{on.isoformat()}.json"


def _told(found: Counted) -> dict[str, Any]:
    return {
        "counted_on": found.on.isoformat(),
        "projects": {
            one.project: {
                "years": _years(found, one.project),
                "clusters": clusters_json(found, one.project),
            }
            for one in found.projects
        },
    }


def _years(found: Counted, project: ProjectId) -> object:
    return (counted_json(found, project) or {}).get("years", [])


class PublicCounts:
    """Looks whether a date has come, and counts beside everything else: the service does not wait for it.

    A date on which counting failed is tried again when the service starts anew.
    """

    def __init__(
        self,
        home: Home,
        desk: Callable[[], CountDesk],
        house: Callable[[], House],
        now: Callable[[], datetime],
        fault: Callable[[Exception], object],
    ) -> None:
        self._home, self._desk, self._house, self._now, self._fault = home, desk, house, now, fault
        self._thread: threading.Thread | None = None
        self._tried: date | None = None
        self._stopping = False

    def tend(self) -> None:
        """Begin to count, if it is due and nobody does."""
        house = self._house()
        on = last_date(house, self._now())
        if on == self._tried or _path(self._home, on).exists():
            return
        if self._thread is not None and self._thread.is_alive():
            return
        self._tried = on
        self._thread = threading.Thread(
            target=self._count, args=(house, on), name="public reach", daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        """Until what was begun is done."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """Wait a little for what was begun; it is begun anew when the service starts again."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _count(self, house: House, on: date) -> None:
        try:
            publish_reach(self._home, self._desk(), house, on)
        except Exception as error:  # noqa: BLE001 - the edge of a thread
            if not self._stopping:
                self._fault(error)
