"""A risk report in the few words that a queue shows. Reports never change, so each is read once by its hash."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from enclave.outputs.checking.checks import looks_in

MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one report: its verdict, how many checks are to be weighed, and how much is hidden."""

    verdict: str
    looks: int
    cells: int
    hidden_percent: int
    incomplete: int


def summary_of(report: bytes) -> Summary:
    found = json.loads(report)
    leaves = found["leaves"]
    cells = sum(leaf["cells"] for leaf in leaves)
    hidden = sum(leaf["cells"] * leaf["share_hidden"] for leaf in leaves)
    return Summary(
        verdict=found["verdict"],
        looks=looks_in(found),
        cells=cells,
        hidden_percent=round(100 * hidden / cells) if cells else 0,
        incomplete=len(found["incomplete"]),
    )


class Summaries:
    """Summaries by the hash of their report."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Summary] = OrderedDict()

    def of(
        self, hashes: Iterable[str], reports: Callable[[list[str]], Mapping[str, bytes]]
    ) -> Mapping[str, Summary]:
        """Of each report; `reports` is asked once, for those that were not read before."""
        wanted = set(hashes)
        with self._lock:
            known = {one: self._known[one] for one in wanted & self._known.keys()}
        missing = sorted(wanted - known.keys())
        found = {one: summary_of(report) for one, report in reports(missing).items()} if missing else {}
        with self._lock:
            self._known |= found
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known | found
