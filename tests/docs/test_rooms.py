"""What import-linter cannot say about the rooms."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [*sorted((ROOT / "enclave").rglob("*.py")), *sorted((ROOT / "synthetic_data").rglob("*.py"))]
CHANCE = {"random", "secrets", "uuid"}
CLIENTS_OWN = (
    ROOT / "enclave" / "client" / "surroundings.py"
)  # the client stands beside the stack and has no wiring
NOW_AND_ENVIRONMENT = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "os.environ",
    "os.getenv",
    "os.urandom",
    "Path.home",
}


def test_every_room_has_its_place_in_the_order_of_imports() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (order,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {room.strip(" ()") for layer in order for room in layer.split("|")}
    rooms = {f"enclave.{path.parent.name}" for path in (ROOT / "enclave").glob("*/__init__.py")}
    assert rooms - placed == set()


def test_every_folder_of_code_is_a_package_so_that_its_imports_are_checked() -> None:
    folders = {
        path.parent for path in PRODUCT if "migrations" not in path.parts
    }  # Alembic runs those by path
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_time_chance_and_environment_come_from_wiring_alone(path: Path) -> None:
    if path.is_relative_to(ROOT / "enclave" / "wiring") or path == CLIENTS_OWN:
        return
    assert [name for name in _named(path) if name in CHANCE | NOW_AND_ENVIRONMENT] == []


def _named(path: Path) -> Iterator[str]:
    """Modules that a file imports, and attributes of names that it uses, as `name.attribute`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
