"""The page of kinds of entries names every kind there is, once, and no other."""

import re
from pathlib import Path

from enclave.audit import Kind

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "record-events.md"


def test_the_page_names_every_kind_once_and_no_other() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(named) == sorted(kind.value for kind in Kind)
