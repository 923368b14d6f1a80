"""What the client takes from the machine it runs on: folder, environment, time and chance. The one module that does."""

import os
import secrets
import time
from pathlib import Path


def config_folder() -> Path:
    """Where a person's own programs keep their settings."""
    chosen = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".config") / "enclave"


def setting(name: str) -> str | None:
    """A setting from the environment; empty is none."""
    return os.environ.get(name) or None


def now() -> float:
    return time.time()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def new_key() -> str:
    """A name for one act, so that a repeat of it is known for one."""
    return secrets.token_urlsafe(18)
