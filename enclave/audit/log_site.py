"""The public files of a log, read over HTTP by who does not trust it: bounded, without redirects, one at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx2

from enclave.audit.witness import WitnessUnusable

MOST_BYTES: Final = 1 << 16  # a note, or 256 hashes
TIMEOUT: Final = httpx2.Timeout(10.0)
GONE: Final = frozenset({404, 410})
THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@contextmanager
def log_site(
    url: str, *, transport: httpx2.BaseTransport | None = None
) -> Iterator[Callable[[str], bytes | None]]:
    """Reads files of the log that the service at `url` publishes; None for one that is not there.

    Raises:
        WitnessUnusable: the service does not answer, or not with a file of a log.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WitnessUnusable("the address of a service begins with https:// or http://")
    with httpx2.Client(
        base_url=f"{url.rstrip('/')}/audit/",
        timeout=TIMEOUT,
        transport=transport,
        follow_redirects=False,
        trust_env=parts.hostname not in THIS_MACHINE,
    ) as client:
        yield lambda name: _read(client, name)


def _read(client: httpx2.Client, name: str) -> bytes | None:
    content = b""
    try:
        with client.stream("GET", name) as response:
            if response.status_code in GONE:
                return None
            if response.status_code != 200:
                raise WitnessUnusable(f"the service answers {response.status_code} for {name}")
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise WitnessUnusable(f"{name} is too long for a file of a log")
    except httpx2.HTTPError as problem:
        raise WitnessUnusable(f"the service cannot be reached: {type(problem).__name__}") from None
    return content
