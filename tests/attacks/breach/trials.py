"""The place that hostile statements are aimed at, and what each arrangement of measures let them reach."""

import hashlib
import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from enclave.engines.duckdb import process
from tests.attacks.breach.prisoner import STOPPED
from tests.attacks.breach.statements import CLASSES

ROOT = Path(__file__).parents[3]
STATEMENTS = [text for texts in CLASSES.values() for text in texts]
DONE_WITHOUT_ROWS = {"a setting"}
_PROGRAM = (
    "import sys; sys.modules['numpy'] = None; sys.path.append(sys.argv[1]); "  # numpy would start threads
    "from tests.attacks.breach.prisoner import main; main()"
)


@dataclass(frozen=True)
class Reached:
    """What one arrangement let through: the statements that gave something, files that changed, calls at the door."""

    given: dict[str, str]
    changed: frozenset[str]
    calls: int

    def of(self, name: str) -> set[str]:
        """The statements of a class that gave rows, or, where they ask for none, were carried out."""
        nothing = () if name in DONE_WITHOUT_ROWS else ("[]",)
        return {
            text
            for text in CLASSES[name]
            if not self.given[text].startswith(STOPPED) and self.given[text] not in nothing
        }

    @property
    def classes(self) -> set[str]:
        return {name for name in CLASSES if self.of(name)}


class _Caller(socketserver.BaseRequestHandler):
    """Counts a call and says that there is nothing, so that nobody tries again."""

    def handle(self) -> None:
        assert isinstance(self.server, _Door)
        self.server.calls += 1
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class _Door(socketserver.TCPServer):
    """A door of the gateway."""

    def __init__(self) -> None:
        self.calls = 0
        super().__init__(("127.0.0.1", 0), _Caller)


@contextmanager
def _opened() -> Iterator[_Door]:
    with _Door() as door:
        thread = threading.Thread(target=door.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield door
        finally:
            door.shutdown()
            thread.join()


def place(folder: Path) -> dict[str, str]:
    """A granted table, and what stands beside it: a sensitive field's file, another table, other files, a database."""
    for name in ("spill", "tier1", "empty", "home"):
        (folder / name).mkdir(parents=True)
    _parquet(
        folder / "allowed.parquet",
        a=["granted 1", "granted 2"],
        name=["same-file-canary-1", "same-file-canary-2"],
    )
    _parquet(folder / "beside.parquet", a=["beside-canary-1", "beside-canary-2"])
    _parquet(folder / "tier1/diagnosis.parquet", diagnosis=["tier-1-canary-1", "tier-1-canary-3"])
    (folder / "secret.csv").write_text("a\nsecret-canary\n")
    (folder / "schema.sql").write_text("CREATE TABLE imported AS SELECT 'import-canary' AS a;")
    (folder / "load.sql").write_text("SELECT 1;")
    (folder / "library.duckdb_extension").write_bytes(b"\x7fELF")
    (folder / "empty" / "link.csv").symlink_to(folder / "secret.csv")
    with duckdb.connect(str(folder / "kept.duckdb")) as database:
        database.execute("CREATE TABLE kept AS SELECT 'database-canary' AS a")
    return {
        "folder": str(folder),
        "spill": str(folder / "spill"),
        "allowed": str(folder / "allowed.parquet"),
        "beside": str(folder / "beside.parquet"),
        "tier1": str(folder / "tier1/diagnosis.parquet"),
        "secret": str(folder / "secret.csv"),
        "linked": str(folder / "empty/link.csv"),
        "library": str(folder / "library.duckdb_extension"),
        "database": str(folder / "kept.duckdb"),
    }


def _parquet(path: Path, **columns: list[str]) -> None:
    pq.write_table(pa.table(columns), path)


def reached(folder: Path, arrangements: Sequence[tuple[str, ...]]) -> list[Reached]:
    """Try every statement under each arrangement: the setting that is left out (or ""), and the measures that stand."""
    with ExitStack() as stack:
        doors = [stack.enter_context(_opened()) for _ in arrangements]
        places = [place(folder / str(number)) for number in range(len(arrangements))]
        before = [contents(Path(here["folder"])) for here in places]
        trials = [
            (list(words), here | {"port": str(door.server_address[1])})
            for words, here, door in zip(arrangements, places, doors, strict=True)
        ]
        met = _met(trials)
    after = [contents(Path(here["folder"])) for here in places]
    return [
        Reached(given, changes(was, now), door.calls)
        for given, was, now, door in zip(met, before, after, doors, strict=True)
    ]


def _met(trials: list[tuple[list[str], dict[str, str]]]) -> list[dict[str, str]]:
    orders = json.dumps({"statements": STATEMENTS, "trials": trials})
    told = subprocess.run(
        [sys.executable, "-I", "-B", "-c", _PROGRAM, str(ROOT)],
        input=orders,
        env=process._ENVIRONMENT | {"NAME": "environ-canary"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    met: list[dict[str, str]] = json.loads(told)
    return met


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def changes(was: dict[str, str], now: dict[str, str]) -> frozenset[str]:
    return frozenset(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
