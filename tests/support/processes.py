"""Gateways as processes that a test may stop, kill and start again, each over a home of its own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import httpx2

from tests.support.commands import quiet_environment

RESEARCHER = "researcher@northbridge.example"
PROJECT = "P-2026-014"


def copy_home(home: Path, target: Path) -> Path:
    """A home with the same policies, data and keys, and nothing on record."""
    for part in ("policies", "data", "state/keys"):
        shutil.copytree(home / part, target / part)
    (target / "state").chmod(0o700)
    return target


class Served:
    """One gateway process, and a client of it."""

    def __init__(self, home: Path, *words: str, **settings: str) -> None:
        self.home = home
        command = [sys.executable, "-m", "enclave.web.serve", "--home", str(home), "--port", "0", *words]
        self._log = (home / "state" / "gateway.log").open("a", encoding="utf-8")
        self.process = subprocess.Popen(
            command,
            env=quiet_environment() | settings,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.url = self.said.split()[2].rstrip(",") if self.said.startswith("Enclave on") else ""
        self.http = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def signed_in(self, persona: str = RESEARCHER) -> dict[str, str]:
        answer = self.http.post("/dev/token", json={"persona": persona})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, sql: str, **headers: str) -> Any:
        body = {"project": PROJECT, "sql": sql}
        return self.http.post("/api/v1/queries", json=body, headers={**self.signed_in(), **headers})

    def query(self, id: str, **headers: str) -> Any:
        return self.http.get(f"/api/v1/queries/{id}", headers={**self.signed_in(), **headers}).json()

    @contextmanager
    def while_asking(self, path: str, **headers: str) -> Iterator[Future[httpx2.Response]]:
        """A GET that the process has read and not answered yet."""
        sent = Event()

        def told(event: str, _: object) -> None:
            if event == "http11.send_request_headers.complete":
                sent.set()

        everything = {**self.signed_in(), **headers}
        with ThreadPoolExecutor(1) as asking:
            answer = asking.submit(self.http.get, path, headers=everything, extensions={"trace": told})
            assert sent.wait(60)
            # On a connection opened after the other: once it is answered, the other has been read.
            assert self.http.get("/healthz").status_code == 200
            yield answer

    def kill(self) -> None:
        """As if the power went."""
        self.process.kill()
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and wait until it has."""
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        code = self.process.wait(timeout=60)
        self.http.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()
        return code


@contextmanager
def serving(home: Path, *words: str, **settings: str) -> Iterator[Served]:
    served = Served(home, *words, **settings)
    try:
        yield served
    finally:
        served.stop()
