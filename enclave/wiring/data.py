"""Synthetic files out of the packaged catalogue, and source files into a home."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from enclave.catalogue import load_catalogue
from enclave.loading import Manifest, load, loaded_versions, read_secrets
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from enclave.wiring.sources import SystemClock
from synthetic_data.generate import generate
from synthetic_data.scale import Scale
from synthetic_data.shape import shape_of


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


def synthetic_files(folder: Path, *, scale: str, seed: int) -> Mapping[str, int]:
    """Write synthetic source files of the packaged catalogue's shape; the rows of each table."""
    try:
        wanted = Scale.named(scale)
    except ValueError:
        raise WrongUse(f"{scale!r} is no scale: tiny, small, or how many times small") from None
    shape = shape_of(load_catalogue(packaged_policies() / "catalogue"))
    try:
        return generate(folder, shape, seed=seed, scale=wanted).rows()
    except FileExistsError:
        raise WrongUse(f"{folder} is not empty; choose another folder") from None
