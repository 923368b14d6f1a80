"""Two tiny sets of data a session, made from the product's own catalogue, and a way to ask them questions.

The second is made in blocks, as a run at the scale of England is. Whatever holds of the one holds of the other.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from enclave.catalogue import Catalogue, load_catalogue
from synthetic_data.__main__ import packaged_catalogue
from synthetic_data.generate import Made, generate
from synthetic_data.scale import TINY, Scale
from synthetic_data.shape import Shape, shape_of

SEVERAL = Scale(authorities=3, primaries=6, secondaries=2, primary_size=130)
Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(packaged_catalogue())


@pytest.fixture(scope="session")
def shape(catalogue: Catalogue) -> Shape:
    return shape_of(catalogue)


@pytest.fixture(scope="session", params=["in one", "in blocks"])
def made(shape: Shape, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Made:
    folder = tmp_path_factory.mktemp("synthetic")
    if request.param == "in one":
        return generate(folder, shape, seed=1, scale=TINY)
    return generate(folder, shape, seed=1, scale=SEVERAL, most_primaries=SEVERAL.primaries)


@pytest.fixture(scope="session")
def ask(made: Made) -> Ask:
    """Rows of a query over the tables by their names."""
    return asking(made.destination)


def asking(folder: Path) -> Ask:
    connection = duckdb.connect()
    for entry in sorted(folder.iterdir()):
        files = [str(path) for path in sorted(entry.rglob("*.parquet"))] or [str(entry)]
        connection.execute(f"CREATE VIEW {entry.stem} AS FROM read_parquet({files})")
    return lambda sql: connection.execute(sql).fetchall()
