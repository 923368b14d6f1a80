"""Serve a home over HTTP until told to stop; `python -m enclave.web.serve --home HOME` in a process of its own."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn

from enclave.web.app import make_app
from enclave.web.connections import PromptConnection
from enclave.wiring.gateway import DEFAULT_WORKERS, Gateway, open_gateway
from enclave.wiring.memory import settle

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8000
GRACE_SECONDS: Final = 10
"""For requests that are under way when the service stops."""
MOST_AT_ONCE: Final = 500
MOST_HEADER_BYTES: Final = 1 << 15
MOST_WAITING_TO_CONNECT: Final = 512


def serve(
    home: Path,
    host: str = LOOPBACK,
    port: int = PORT,
    *,
    workers: int = DEFAULT_WORKERS,
    database: str | None = None,
    ready: Callable[[str, Gateway], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; what runs then may end first.

    Args:
        port: 0 is any free one.
        ready: called with the address, once it answers.
    Raises:
        the problems of `open_gateway`, before anything listens.
    """
    loopback = is_loopback(host)
    with open_gateway(home, workers=workers, loopback=loopback, database=database) as gateway:
        config = uvicorn.Config(
            make_app(gateway),
            host=host,
            port=port,
            access_log=False,  # it would hold addresses as they were typed
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            limit_concurrency=MOST_AT_ONCE,
            backlog=MOST_WAITING_TO_CONNECT,
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            http=PromptConnection,
            ws="none",
            lifespan="off",
        )
        _Server(config, gateway, ready or announce).run()


def announce(address: str, gateway: Gateway) -> None:
    """The line that says that the service answers, and how people sign in."""
    made_up = " SYNTHETIC DATA." if gateway.desk.policies().house.synthetic else ""
    only = ", this machine only" if gateway.loopback else ""
    text = f"Enclave on {address}{only}.{made_up} Sandbox level {gateway.sandbox_level}. Stop with Ctrl+C."
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def is_loopback(host: str) -> bool:
    """Whether only this machine can call a service at this address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """Says when it answers; when it is told to stop, those who wait for a query are answered at once."""

    def __init__(
        self, config: uvicorn.Config, gateway: Gateway, ready: Callable[[str, Gateway], None]
    ) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the serving alone: raised again, as is usual, they would end the process with its home open."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}", self._gateway)

    async def on_tick(self, counter: int) -> bool:
        return self._gateway.stopping.is_set() or await super().on_tick(counter)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._gateway.stopping.set()
        self._gateway.bell.ring_all()
        await super().shutdown(sockets)  # type: ignore[arg-type]


def main(words: list[str] | None = None) -> None:
    """`python -m enclave.web.serve`."""
    parser = argparse.ArgumentParser(prog="enclave.web.serve")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--workers", type=int, default=DEFAULT_WORKERS)
    asked = parser.parse_args(words)

    def settled(address: str, gateway: Gateway) -> None:
        settle()
        announce(address, gateway)

    serve(asked.home, asked.host, asked.port, workers=asked.workers, ready=settled)


if __name__ == "__main__":
    main()
