"""The same people in two versions of the data have the same noise: else each version would be a second look at them.

Source: Fraser and Wooton, A proposed method for confidentialising tabular output (UNECE, 2005).
"""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enclave.wiring.data import load_source
from enclave.wiring.gateway import open_gateway
from enclave.wiring.home import open_home
from tests.attacks.test_replay import asked, table_of
from tests.oracle.policies import VERSION
from tests.support.canary_world import canary_home
from tests.support.service import THIS, Files, edit_yaml

TABLE = "SELECT hospital_id, sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY hospital_id, sex"
ANOTHER, GONE = "world-2", "QXkey00000ZV"
"""The first person, of the first hospital."""


def test_the_same_people_have_the_same_noise_over_versions_of_the_data(tmp_path: Path) -> None:
    """Another version: one person is not in it and rows stand in another order, so dense keys are others.

    Each is asked in a home of its own, whose ledger has nothing to repeat.
    """
    root, _ = canary_home(tmp_path, method="cell_key")
    source = tmp_path / "source"
    for path in source.glob("*.parquet"):
        table = pq.read_table(path)
        if "person" in table.column_names:
            table = table.filter(pc.field("person") != GONE)
        pq.write_table(table.take(np.random.default_rng(1).permutation(table.num_rows)), path)
    load_source(open_home(root), source, version=ANOTHER)
    first, second = (
        _asked(shutil.copytree(root, tmp_path / version), version) for version in (VERSION, ANOTHER)
    )
    assert [row for row in first if row[0] != 1] == [row for row in second if row[0] != 1]
    assert {n for _, _, n in first} - {30}, "thirty in each, and not all are said to be"


def _asked(root: Path, version: str) -> list[tuple[int, str, int]]:
    def pinned(project: Files) -> None:
        assert isinstance(project["data"], dict)
        project["data"]["version"] = version

    edit_yaml(root / f"policies/projects/{THIS}.yaml", pinned)
    with open_gateway(root, workers=1, log=lambda _line: None) as gateway:
        output = asked(TABLE, gateway)
    table = table_of(output, open_home(root))
    assert "older_versions" not in table
    return sorted(tuple(row) for row in table["rows"])
