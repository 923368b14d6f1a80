"""The act of loading: which name a delivery gets, and what the loader is handed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import enclave
from enclave.actions.check_policy import load_policies
from enclave.actions.load_data import Delivery, LoadDesk, load_data, next_version
from enclave.catalogue import Catalogue

POLICIES = Path(enclave.__file__).parent.parent / "policies"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass
class NotingLoader:
    """Loads nothing and remembers what it was asked."""

    asked: list[tuple[Path, str, str, bool, int, datetime]] = field(default_factory=list)

    def __call__(
        self,
        source: Path,
        catalogue: Catalogue,
        *,
        version: str,
        synthetic: bool,
        min_units: int,
        now: datetime,
    ) -> str:
        self.asked.append((source, catalogue.name, version, synthetic, min_units, now))
        return "loaded"


@pytest.mark.parametrize(
    ("awaited", "loaded", "version"),
    [
        (["npd-demo-1"], [], "npd-demo-1"),
        (["npd-demo-1", "npd-demo-1"], [], "npd-demo-1"),
        (["npd-demo-1"], ["npd-demo-1"], "npd-2"),
        (["a", "b"], [], "npd-1"),
        ([], ["npd-2"], "npd-3"),
        ([], [], "npd-1"),
    ],
)
def test_a_delivery_without_a_name_gets_the_one_that_is_awaited(
    awaited: Iterable[str], loaded: Iterable[str], version: str
) -> None:
    assert next_version("npd", awaited, loaded) == version


def test_the_loader_gets_the_catalogue_and_the_word_of_the_house() -> None:
    policies = load_policies(POLICIES, today=date(2026, 11, 26))
    loader = NotingLoader()
    desk = LoadDesk(policies=lambda: policies, loaded_versions=tuple, loader=loader, now=lambda: NOON)
    assert load_data(Delivery(Path("source"), version="v7"), desk) == "loaded"
    assert loader.asked == [
        (Path("source"), policies.catalogue.name, "v7", policies.house.synthetic, 10, NOON)
    ]
