"""The notebook does, from its first cell to its last, what it says."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.people import Human

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "first-query.ipynb"
EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture
def executed(human: Callable[[str], Human], tmp_path: Path) -> list[dict[str, Any]]:
    """The code cells after they ran, for a researcher who has signed in."""
    researcher = human("researcher@northbridge.example")
    command = [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(tmp_path / "executed.ipynb")]
    ended = subprocess.run(
        command, env=researcher.environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    cells = json.loads((tmp_path / "executed.ipynb").read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def shown(cells: list[dict[str, Any]], words: str, kind: str = "text/plain") -> str:
    """What the one cell that begins so shows."""
    (cell,) = (cell for cell in cells if "".join(cell["source"]).startswith(words))
    return "".join("".join(output.get("data", {}).get(kind, "")) for output in cell["outputs"])


def test_the_notebook_runs_and_shows_what_it_says(executed: list[dict[str, Any]]) -> None:
    assert shown(executed, "from enclave import client").startswith("<Project P-2026-014")
    assert shown(executed, 'absence = """').startswith("ok: 54 cells at most; automatic_if_clear")
    assert shown(executed, "q = p.query") == "'released'"
    assert "&lt;NA&gt;" in shown(executed, "table = q.table()", "text/html")
    refused = shown(executed, 'p.query("SELECT la_code, surname', "text/html")
    assert refused.count(">surname</mark>") == 1
    assert "SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY 1" in refused
    assert "pupils" in shown(executed, "by_year.head()")
    assert shown(executed, "needs = p.query(") == "'done'"
    assert shown(executed, "needs.ask_release") == "'with checkers'"
    (unseen,) = (cell for cell in executed if "".join(cell["source"]) == "needs.table()")
    assert [output["ename"] for output in unseen["outputs"]] == ["NotReleased"]
