"""Source files into a home, with its keys, its catalogue and the clock."""

from collections.abc import Iterable
from pathlib import Path

from enclave.loading import Manifest, load, loaded_versions, read_secrets
from enclave.wiring.home import Home
from enclave.wiring.policies import policies_of
from enclave.wiring.sources import SystemClock


def load_source(home: Home, source: Path, *, version: str | None) -> Manifest:
    """Load the folder `source` as a data version; without a name, the one that projects wait for."""
    policies = policies_of(home)
    pinned = {project.data_version for project in policies.projects.values()}
    return load(
        source,
        policies.catalogue,
        home_data=home.data,
        version=version or next_version(policies.catalogue.name, pinned, loaded_versions(home.data)),
        secrets=read_secrets(home.keys),
        now=SystemClock().now(),
        synthetic=policies.house.synthetic,
    )


def next_version(catalogue: str, pinned: Iterable[str], loaded: Iterable[str]) -> str:
    """The one version that projects name and nobody has loaded; otherwise the catalogue's name and the next number."""
    known = frozenset(loaded)
    awaited = sorted(set(pinned) - known)
    if len(awaited) == 1:
        return awaited[0]
    numbered = (f"{catalogue}-{number}" for number in range(len(known) + 1, 2 * len(known) + 2))
    return next(name for name in numbered if name not in known)
