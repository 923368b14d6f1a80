"""A data owner delivers source files: they become the next data version, or a list of what is wrong with them.

The effects come in from outside: reading policy, the loader, the clock. What the loader makes is none of this room's
business beyond being handed back, so its type is open.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from enclave.actions.check_policy import Policies
from enclave.catalogue import Catalogue

Loaded = TypeVar("Loaded")
Made = TypeVar("Made", covariant=True)


class Loader(Protocol[Made]):
    """Turns source files into a data version, whole or not at all."""

    def __call__(
        self,
        source: Path,
        catalogue: Catalogue,
        *,
        version: str,
        synthetic: bool,
        min_units: int,
        now: datetime,
    ) -> Made: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A folder of source files; without a name it becomes the version that the projects wait for."""

    source: Path
    version: str | None = None


@dataclass(frozen=True)
class LoadDesk(Generic[Loaded]):
    """What the loading of data works with."""

    policies: Callable[[], Policies]
    loaded_versions: Callable[[], Iterable[str]]
    loader: Loader[Loaded]
    now: Callable[[], datetime]


def load_data(delivery: Delivery, desk: LoadDesk[Loaded]) -> Loaded:
    """Make the delivery the version in force, or raise the problem that stopped it; then nothing has changed."""
    policies = desk.policies()
    awaited = {project.data_version for project in policies.projects.values()}
    version = delivery.version or next_version(policies.catalogue.name, awaited, desk.loaded_versions())
    return desk.loader(
        delivery.source,
        policies.catalogue,
        version=version,
        synthetic=policies.house.synthetic,
        min_units=policies.house.rules.min_units,
        now=desk.now(),
    )


def next_version(catalogue: str, awaited: Iterable[str], loaded: Iterable[str]) -> str:
    """The one version that projects name and nobody has loaded; otherwise the catalogue's name and the next number."""
    known = frozenset(loaded)
    missing = sorted(set(awaited) - known)
    if len(missing) == 1:
        return missing[0]
    number = len(known) + 1
    while f"{catalogue}-{number}" in known:
        number += 1
    return f"{catalogue}-{number}"
