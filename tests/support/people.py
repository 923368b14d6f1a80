"""People at their own machines: each signs in to a running service, and uses the product's own commands."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from enclave.cli.main import app
from enclave.client.service import sign_in_as
from enclave.client.sign_in import keep
from tests.support.commands import Ended, quiet_environment

SETTINGS = ("ENCLAVE_HOME", "ENCLAVE_TOKEN", "ENCLAVE_URL")


@dataclass(frozen=True)
class Human:
    """Somebody with a folder of their own. `persona` is who they are to the development issuer."""

    url: str
    persona: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return quiet_environment() | {"XDG_CONFIG_HOME": str(self.folder)}

    def does(self, *words: str | Path) -> Ended:
        """One command, however it ends. Its words travel over HTTP; that it is a process of its own is tested once."""
        settings = {"XDG_CONFIG_HOME": str(self.folder), **dict.fromkeys(SETTINGS)}
        ended = CliRunner().invoke(app, [*map(str, words)], env=settings)
        return Ended(words, ended.exit_code, ended.stdout, ended.stderr)

    def process(self, *words: str | Path) -> Ended:
        """The same command as a process."""
        return subprocess.run(
            [sys.executable, "-m", "enclave.cli.main", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def did(self, *words: str | Path, code: int = 0) -> str:
        """What a command prints that ends as it should."""
        ended = self.does(*words)
        assert ended.returncode == code, (
            f"{words} ended with {ended.returncode}: {ended.stdout}{ended.stderr}"
        )
        return ended.stdout

    def told(self, *words: str | Path, code: int = 0) -> Any:
        """The JSON answer of a command."""
        return json.loads(self.did(*words, "--json", code=code))

    def signs_in(self) -> "Human":
        """What `enclave login` keeps, without a process of its own."""
        keep(sign_in_as(self.url, self.persona), self.folder / "enclave")
        return self

    def in_python(self, code: str) -> Ended:
        """A few lines of Python, as this person."""
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=self.environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
