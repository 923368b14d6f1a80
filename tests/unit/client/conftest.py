"""No client of these tests waits, and none reads anybody's settings."""

from pathlib import Path

import pytest

from enclave.client import surroundings


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[float]:
    """How long the client would have waited, each time."""
    times: list[float] = []
    monkeypatch.setattr(surroundings, "sleep", times.append)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("ENCLAVE_TOKEN", "ENCLAVE_URL"):
        monkeypatch.delenv(name, raising=False)
    return times
