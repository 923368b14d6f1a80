"""What the repository promises about itself: dependencies explained and locked, nothing of one machine in it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED_AS = {"ruamel-yaml": "ruamel", "pyyaml": "yaml", "govuk-frontend-jinja": "govuk_frontend_jinja"}
IMPORTED_BY_OTHERS = {"python-multipart"}  # FastAPI reads forms with it
INSIDE = {
    "pydantic_core": "pydantic",
    "starlette": "fastapi",
    "markupsafe": "jinja2",
}  # come with the package, at its version
# Put together from pieces, so that this file does not hold what it looks for.
HOSTS = "|".join(["py" + r"pi\.org", "python" + "hosted", "registry" + r"\.npm", "deb" + r"\.debian"])
PATHS = "|".join(["/wo" + "rk/", "/fa" + "rm/", "/ro" + "ot/", "/op" + "t/pypi", r"\.\./sha" + "red"])


def named(requirement: str) -> str:
    """The distribution's name, as the index writes it."""
    return re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0].lower().replace(".", "-")


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    yield from (ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def imported() -> set[str]:
    """The top-level names that the product imports."""
    names: set[str] = set()
    for folder in ("enclave", "synthetic_data"):
        for source in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.partition(".")[0])
    return names


def test_no_tracked_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    wrong = re.compile(f"{HOSTS}|{PATHS}")
    texts = (path for path in tracked() if path.suffix not in {".png", ".parquet"})
    found = [
        path.relative_to(ROOT) for path in texts if wrong.search(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize("requirement", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
def test_every_dependency_has_a_line_on_why_it_is_here(requirement: str) -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert f"| `{named(requirement)}` |" in explained


def test_the_product_imports_what_it_declares_and_nothing_else() -> None:
    names = {named(one) for one in PROJECT["dependencies"]}
    declared = {IMPORTED_AS.get(name, name) for name in names - IMPORTED_BY_OTHERS}
    own = {"enclave", "synthetic_data"}
    foreign = {INSIDE.get(name, name) for name in imported() - set(sys.stdlib_module_names) - own}
    assert foreign == declared


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_is_pinned_and_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text(encoding="utf-8"))
    assert len(entries) > 20
    assert [
        entry for entry in entries if "==" not in entry.splitlines()[0] or "--hash=sha256:" not in entry
    ] == []


def test_the_lock_for_developers_has_the_versions_of_the_lock_for_users() -> None:
    versions = [set(re.findall(r"^[a-z0-9-]+==[^ ]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
                for lock in ("requirements.txt", "requirements-dev.txt")]  # fmt: skip
    assert versions[0] <= versions[1]


def test_every_decision_says_what_it_costs_and_what_would_change_our_mind() -> None:
    parts = ["## Context", "## Choice", "## Cost", "## What would change our mind"]
    for page in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        assert [line for line in page.read_text("utf-8").splitlines() if line.startswith("## ")] == parts, (
            page.name
        )
