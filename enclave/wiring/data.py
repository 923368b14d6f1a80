"""Synthetic files out of the packaged catalogue, and source files into a home."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enclave.actions.load_data import Delivery, LoadDesk, load_data
from enclave.catalogue import Catalogue, load_catalogue
from enclave.loading import Manifest, load, loaded_versions, read_secrets
from enclave.loading.retracting import retracted_fields
from enclave.wiring.corrections import corrections_of
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from enclave.wiring.retractions import catalogue_without
from enclave.wiring.sources import SystemClock
from synthetic_data.generate import generate
from synthetic_data.scale import Scale
from synthetic_data.shape import shape_of


@dataclass(frozen=True, slots=True)
class HomeLoader:
    """The loader, with the folders and the keys of one home."""

    home: Home

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
        )


def load_source(home: Home, source: Path, *, version: str | None) -> Manifest:
    """Load the folder `source` as a data version of the home."""
    desk = LoadDesk(
        policies=lambda: policies_of(home),
        loaded_versions=lambda: loaded_versions(home.data),
        loader=HomeLoader(home),
        now=SystemClock().now,
    )
    return load_data(Delivery(source, version), desk)


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
