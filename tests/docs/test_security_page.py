"""SECURITY.md promises nothing without a test: each name that it links to is a test of that file."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROOF = re.compile(r"\[`(test_\w+)`\]\(([\w/.]+)\)")
LINK = re.compile(r"\]\(([^)#]+)(?:#([\w-]+))?\)")


def test_every_proof_is_a_test_of_the_file_that_is_linked() -> None:
    proofs = PROOF.findall(PAGE)
    assert len(proofs) > 15
    for name, file in proofs:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, name


def test_every_layer_has_a_proof() -> None:
    layers = PAGE.partition("## What each layer promises")[2].partition("## What is not covered")[0]
    rows = [
        line
        for line in layers.splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| layer"))
    ]
    assert len(rows) > 12
    assert [row for row in rows if not PROOF.search(row)] == []


def test_every_link_leads_somewhere() -> None:
    for file, heading in LINK.findall(PAGE):
        text = (ROOT / file).read_text(encoding="utf-8")
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        assert not heading or heading in headings, (file, heading)
