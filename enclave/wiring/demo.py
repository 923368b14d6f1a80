"""What the demonstration is set up from: a home with synthetic data, and a gateway in a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from enclave.loading import Manifest
from enclave.wiring.data import load_source, synthetic_files
from enclave.wiring.home import WrongUse, make_home, open_home
from enclave.wiring.packaged import packaged_policies

SEED = 1
STOP_SECONDS = 30
ANSWERS_ON = re.compile(r"^Enclave on (http://\S+?)[,.]?\s")
MARK = "demonstration"  # in a home's state: this one was made for the purpose, and may be made anew


@dataclass(frozen=True, slots=True)
class Process:
    """A gateway that answers."""

    url: str
    said: str


def demo_home(folder: Path, *, scale: str) -> Manifest:
    """A new home in `folder` with synthetic data, in place of the one of an earlier demonstration."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "state" / MARK).is_file():
            raise WrongUse(f"{folder} was not made by a demonstration; choose another folder")
        shutil.rmtree(folder)
    home = make_home(folder, policies=packaged_policies())
    (home.state / MARK).touch()
    with tempfile.TemporaryDirectory(prefix="enclave-source-") as source:
        synthetic_files(Path(source) / "files", scale=scale, seed=SEED)
        return load_source(open_home(folder), Path(source) / "files", version=None)


@contextmanager
def gateway_process(home: Path) -> Iterator[Process]:
    """`enclave serve` on a free port of this machine; ended with the context. What it logs is in the home's state."""
    command = [sys.executable, "-m", "enclave.cli.main", "serve", "--home", str(home), "--port", "0"]
    with (
        (home / "state" / "gateway.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, env=_quiet(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield _answering(process, Path(log.name))
        finally:
            _stop(process)


def verify_process(home: Path) -> tuple[int, str]:
    """`enclave audit verify` as an auditor would run it; its exit code and what it says."""
    command = [sys.executable, "-m", "enclave.cli.main", "audit", "verify", "--home", str(home)]
    ended = subprocess.run(command, env=_quiet(), capture_output=True, text=True, check=False)
    return ended.returncode, (ended.stdout + ended.stderr).strip()


def _answering(process: "subprocess.Popen[str]", log: Path) -> Process:
    """The process, once it has said where it answers."""
    assert process.stdout is not None
    said = process.stdout.readline()
    found = ANSWERS_ON.match(said)
    if found is None:
        raise WrongUse(f"the gateway did not start: see {log}")
    return Process(found[1], said.strip())


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _quiet() -> dict[str, str]:
    """This process's environment without settings of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ENCLAVE_")}
