"""The public numbers of reach: counted once for a date, kept, and the same for everybody until the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from enclave.actions.count_reach import CountDesk
from enclave.terms import ProjectId
from enclave.transparency.reach import EVERY_CLUSTER, Definition, DefinitionName, Looked
from enclave.transparency.register_json import reach_json
from enclave.wiring.home import Home
from enclave.wiring.public_reach import PublicCounts, publish_reach, published_reach
from tests.support.service import THIS, policies

ON = date(2026, 10, 1)
DEFINED = Definition("v-1", "patient", "SELECT", "one", (), (), (), (Looked("patient", "SELECT", ()),))


@dataclass
class Asked:
    """One question over everybody: some people in one cluster, too few to show in another."""

    people: int = 1_234
    times: int = 0

    def used_before(
        self, at: datetime, *, since: datetime | None = None
    ) -> tuple[tuple[ProjectId, DefinitionName], ...]:
        del at, since
        self.times += 1
        return ((THIS, DEFINED.name),)

    def definition(self, name: DefinitionName) -> Definition:
        assert name == DEFINED.name
        return DEFINED

    def looked(self, looked: Looked, version: str) -> Iterable[tuple[str, str]]:
        del looked, version
        return [(EVERY_CLUSTER, "2024/25")]

    def heads(self, table: str, version: str) -> Mapping[tuple[str, str], int]:
        del table, version
        return {("100001", "2024/25"): self.people, ("100002", "2024/25"): 1}


def test_what_is_published_is_rounded_down_and_few_people_are_not_shown(tmp_path: Path) -> None:
    asked = Asked()
    publish_reach(Home(tmp_path), CountDesk(asked, asked), policies().house, ON)
    assert reach_json(published_reach(Home(tmp_path)), THIS) == {
        "counted_on": "2026-10-01",
        "years": [{"year": "2024/25", "units": 1_200}],
        "clusters": {"2024/25": {"100001": 1_230, "100002": "c"}},
    }


def test_a_date_is_counted_once_whatever_is_asked_later(tmp_path: Path) -> None:
    asked = Asked()
    for _ in range(2):
        publish_reach(Home(tmp_path), CountDesk(asked, asked), policies().house, ON)
        asked.people += 1_000
    assert asked.times == 1
    assert reach_json(published_reach(Home(tmp_path)), THIS)["years"][0]["units"] == 1_200


def test_a_later_date_takes_its_place(tmp_path: Path) -> None:
    asked = Asked()
    for on in (ON, date(2027, 1, 1)):
        publish_reach(Home(tmp_path), CountDesk(asked, asked), policies().house, on)
        asked.people += 1_000
    assert reach_json(published_reach(Home(tmp_path)), THIS)["years"][0]["units"] == 2_200


def test_a_service_counts_beside_everything_else_and_a_failure_is_a_fault(tmp_path: Path) -> None:
    asked, faults = Asked(), list[Exception]()
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def broken() -> CountDesk:
        raise OSError("no disk")

    for desk in (broken, lambda: CountDesk(asked, asked)):
        counts = PublicCounts(Home(tmp_path), desk, lambda: policies().house, lambda: now, faults.append)
        for _ in range(2):
            counts.tend()
            counts.wait()
    assert [str(fault) for fault in faults] == ["no disk"], "tried once"
    assert asked.times == 1
    assert published_reach(Home(tmp_path))["counted_on"] is not None
