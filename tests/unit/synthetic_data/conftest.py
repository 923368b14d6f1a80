"""One tiny set of data a session, made from the product's own catalogue, and a way to ask it questions."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from enclave.catalogue import Catalogue, load_catalogue
from synthetic_data.__main__ import packaged_catalogue
from synthetic_data.generate import Made, generate
from synthetic_data.scale import TINY
from synthetic_data.shape import Shape, shape_of

Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(packaged_catalogue())


@pytest.fixture(scope="session")
def shape(catalogue: Catalogue) -> Shape:
    return shape_of(catalogue)


@pytest.fixture(scope="session")
def made(shape: Shape, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return generate(tmp_path_factory.mktemp("synthetic"), shape, seed=1, scale=TINY)


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
