"""Synthetic files out of the packaged catalogue, and source files into a home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enclave.actions.base_checks import alike_in
from enclave.actions.check_policy import Policies
from enclave.actions.load_data import Delivery, LoadDesk, load_data
from enclave.catalogue import Catalogue, load_catalogue
from enclave.loading import DataVersion, Manifest, load, loaded_versions, read_secrets
from enclave.loading.bases import Base, least_difference
from enclave.loading.retracting import retracted_fields
from enclave.problems import Problem
from enclave.projects import Policy, TableGrant
from enclave.wiring.corrections import corrections_of
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from enclave.wiring.retractions import catalogue_without
from enclave.wiring.sources import SystemClock
from synthetic_data.generate import generate
from synthetic_data.scale import NotAScale, Scale
from synthetic_data.shape import shape_of


class BasesTooAlike(Problem):
    """Policies that were applied before there were data to compare their rows in."""

    code = "bases-too-alike"
    title = "Row restrictions of projects are too near one another in these data"
    status = 409


@dataclass(frozen=True, slots=True)
class HomeLoader:
    """The loader, with the folders and the keys of one home, and what is in force in it."""

    home: Home
    policies: Callable[[], Policies]

    def __call__(
        self,
        source: Path,
        catalogue: Catalogue,
        *,
        version: str,
        synthetic: bool,
        min_units: int,
        now: datetime,
    ) -> Manifest:
        return load(
            source,
            catalogue_without(catalogue, retracted_fields(self.home.data)),
            home_data=self.home.data,
            version=version,
            secrets=read_secrets(self.home.keys),
            now=now,
            synthetic=synthetic,
            min_units=min_units,
            corrections=corrections_of(self.home),
            accept=lambda made: _bases_apart(made, self.policies()),
        )


def _bases_apart(made: DataVersion, policies: Policies) -> None:
    """Compare the rows of projects in the data that they are about to have, as `policy apply` does in data it has.

    Raises:
        BasesTooAlike: the version does not come to exist.
    """

    def differ(_policy: Policy, grant: TableGrant, other: TableGrant) -> int | None:
        bases = (Base(one.years, one.rows) for one in (grant, other))
        return least_difference(made, policies.catalogue.tables[grant.table], *bases)

    version, least = made.manifest.version, policies.house.min_base_difference
    alike = alike_in(policies, version, differ)
    if alike:
        named = "; ".join(f"{one.table} of {one.one} and {one.other}" for one in alike)
        raise BasesTooAlike(
            detail=f"In {version} these rows differ by fewer than {least}: {named}. Tables of the two could be "
            "subtracted. Nothing was loaded. Change the rows of one of them and apply that, then load again; or load "
            "under a name that no project is pinned to."
        )


def load_source(home: Home, source: Path, *, version: str | None) -> Manifest:
    """Load the folder `source` as a data version of the home."""
    desk = LoadDesk(
        policies=lambda: policies_of(home),
        loaded_versions=lambda: loaded_versions(home.data),
        loader=HomeLoader(home, lambda: policies_of(home)),
        now=SystemClock().now,
    )
    return load_data(Delivery(source, version), desk)


def synthetic_files(folder: Path, *, scale: str, seed: int) -> Mapping[str, int]:
    """Write synthetic source files of the packaged catalogue's shape; the rows of each table."""
    try:
        wanted = Scale.named(scale)
    except NotAScale as problem:
        raise WrongUse(str(problem)) from None
    shape = shape_of(load_catalogue(packaged_policies() / "catalogue"))
    try:
        return generate(folder, shape, seed=seed, scale=wanted).rows()
    except FileExistsError:
        raise WrongUse(f"{folder} is not empty; choose another folder") from None
