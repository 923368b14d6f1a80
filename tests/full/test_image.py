"""The image's own steps, run in a fresh prefix: it starts, answers its health check and writes in its home alone.

Limit: no image is built, so what the base image and the container's runtime add is not seen here.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREFIX, STATE, PORT = "/opt/enclave", "/var/lib/enclave", "8000"
SIGN_IN = """\
apiVersion: enclave/v1
kind: SignIn
audience: urn:enclave:api
issuers:
  - { issuer: "https://sign-in.example", jwks: "https://sign-in.example/jwks" }
"""


@dataclass
class Stage:
    """One FROM, and the steps below it in order."""

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [rest for step, rest in self.steps if step == word]

    def one(self, word: str) -> str:
        (found,) = self.all(word)
        return found


def stages() -> list[Stage]:
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text("utf-8"))
    found: list[Stage] = []
    for line in text.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append(Stage(rest))
        elif word and not word.startswith("#"):
            found[-1].steps.append((word, rest.strip()))
    return found


BUILD, FINAL = stages()


@dataclass(frozen=True)
class Built:
    """What the steps of the first stage made, and where the image's places are on this machine."""

    folder: Path

    @property
    def prefix(self) -> Path:
        return self.folder / "prefix"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def here(self, text: str) -> str:
        return text.replace(PREFIX, str(self.prefix)).replace(STATE, str(self.state))

    def environment(self) -> dict[str, str]:
        """That of the container, and nothing of this process's."""
        words = dict(word.split("=", 1) for step in FINAL.all("ENV") for word in step.split())
        found = {name: self.here(value) for name, value in words.items()}
        return found | {
            "PATH": found["PATH"].replace("$PATH", os.defpath),
            "TMPDIR": str(self.folder / "tmp"),
        }

    def files(self) -> dict[str, int]:
        return {str(path): path.lstat().st_mtime_ns for path in self.prefix.rglob("*")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The first stage, step by step."""
    made = Built(tmp_path_factory.mktemp("image"))
    source = made.folder / "src"
    for folder in (source, made.state, made.folder / "tmp"):
        folder.mkdir()
    for word, rest in BUILD.steps:
        if word == "COPY":
            _copy(rest.split(), source)
        elif word == "RUN":
            _run(made.here(rest), source)
    return made


def _copy(words: list[str], source: Path) -> None:
    """As the image would: what git has, and no more."""
    *names, target = words
    listed = subprocess.run(
        ["git", "ls-files", "-z", *names], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            into = source / name if target != "./" else source / Path(name).name
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into)


def _run(command: str, folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stderr}"


def test_the_image_is_slim_runs_as_nobody_special_and_has_no_step_as_root_at_its_end() -> None:
    assert FINAL.base == "python:3.11-slim"
    user, _, group = FINAL.one("USER").partition(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000
    assert FINAL.all("RUN") == []
    assert FINAL.one("VOLUME") == STATE
    assert all(f"--chown={FINAL.one('USER')}" in step for step in FINAL.all("COPY") if step.endswith(STATE))


def test_the_image_leaves_out_what_is_not_named() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", ".demo", "tests"} <= set(ignored)


@pytest.fixture
def served(built: Built) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """What the image runs, on a free port, with a home that people could sign in to."""
    environment = built.environment()
    home = Path(environment["ENCLAVE_HOME"])
    subprocess.run(
        [built.prefix / "bin" / "enclave", "init", home], env=environment, check=True, capture_output=True
    )
    (home / "policies" / "sign-in.yaml").write_text(SIGN_IN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [*json.loads(FINAL.one("ENTRYPOINT")), *json.loads(FINAL.one("CMD"))]
    command = [port if word == PORT else word for word in words]
    with subprocess.Popen(
        command,
        executable=str(built.prefix / "bin" / command[0]),
        cwd=built.state,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process, port
        finally:
            process.kill()


def test_the_image_starts_answers_its_health_check_and_stops_having_written_in_its_home_alone(
    built: Built, served: tuple["subprocess.Popen[str]", str]
) -> None:
    before = built.files()
    process, port = served
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith(f"Enclave on http://0.0.0.0:{port}. SYNTHETIC DATA.")
    check = json.loads(FINAL.one("HEALTHCHECK").partition("CMD ")[2])
    command = [word.replace(f":{PORT}/", f":{port}/") for word in check]
    ended = subprocess.run(
        command, executable=str(built.prefix / "bin" / command[0]), env=built.environment(), check=False
    )
    assert ended.returncode == 0
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert built.files() == before
    assert {path.name for path in built.state.iterdir()} == {"home"}
