"""The product's commands, each in a process of its own, with nothing of this process's settings."""

import os
import subprocess
import sys
from pathlib import Path

Ended = subprocess.CompletedProcess[str]


def quiet_environment() -> dict[str, str]:
    """This process's environment without settings of the product, its own programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENCLAVE_")}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"}


def enclave(*words: str | Path, given: str | None = None) -> Ended:
    """One command, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "enclave.cli.main", *map(str, words)],
        input=given,
        env=quiet_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def done(*words: str | Path, given: str | None = None) -> str:
    """What a command that ends well prints."""
    ended = enclave(*words, given=given)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
