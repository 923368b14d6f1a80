"""A project whose numbers are rounded: what its people read over HTTP, on pages and in the files of a release."""

import io
import json
import zipfile
from typing import Any

from tests.oracle.policies import PROJECT
from tests.support.service import ASKS
from tests.support.web import Web

SQL = "SELECT sex, count(*) AS n FROM patient WHERE year = 2022 AND wave = 'AUT' GROUP BY sex"
WORDS = "Counts are rounded to a multiple of 10 beside them"


def _rounds(project: dict[str, Any]) -> None:
    project["disclosure"] |= {"method": "round", "rounding_base": 10}


def test_rounded_numbers_say_so_wherever_they_are_read(web: Web) -> None:
    web.service.change_policy(_rounds, file=f"projects/{PROJECT}.yaml")
    output = web.ask(SQL).json()["output"]
    table = web.call("GET", f"/outputs/{output}/table", format="records").json()
    numbers = [value for row in table["rows"] for value in row if isinstance(value, int)]
    assert numbers
    assert all(number % 10 == 0 for number in numbers)
    assert table["perturbed"].startswith(WORDS)
    assert WORDS in web.browser(ASKS).opens(f"/outputs/{output}").text
    with zipfile.ZipFile(io.BytesIO(web.call("GET", f"/outputs/{output}/bundle").content)) as bundle:
        files = {name.rpartition("/")[2]: bundle.read(name) for name in bundle.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert manifest["rules"]["method_words"].startswith(WORDS)
    assert WORDS in files[f"{output}.html"].decode()
    assert WORDS in files[f"{output}.csv-metadata.json"].decode()


def test_after_a_change_of_method_numbers_of_the_same_data_are_refused(web: Web) -> None:
    assert web.ask(SQL).json()["status"] == "released"
    web.service.change_policy(_rounds, file=f"projects/{PROJECT}.yaml")
    found = web.ask("SELECT count(*) AS n FROM patient WHERE year = 2021").json()
    assert (found["status"], found["problem"]["code"]) == ("failed", "methods-mixed")
