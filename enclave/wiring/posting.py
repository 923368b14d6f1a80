"""Calls to webhooks. A call goes to an address that was looked at, once, and only whether it was taken comes back.

The name is resolved here and the call is made to what it resolved to, so that it cannot become another address in
between. No redirect is followed, no proxy is used, and of the answer nothing is read but its status.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx2

from enclave.actions.deliver_hooks import Letter
from enclave.outputs.hook_addresses import Address, may_call, wrong_with

SECONDS: Final = 10.0
"""For all of a call: less than the lease of an event."""
STEP_SECONDS: Final = 5.0
MOST_ADDRESSES: Final = 4
PORTS: Final = {"https": 443, "http": 80}
AGENT: Final = "enclave-webhooks"
TROUBLE: Final = (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, ValueError)


class Poster:
    """Makes calls, all of them at once. Which certificates count is what this machine trusts."""

    def __init__(self) -> None:
        self._trust = httpx2.create_ssl_context(trust_env=False)

    def __call__(self, letters: Sequence[Letter]) -> Sequence[bool]:
        return asyncio.run(self._post_all(letters))

    async def _post_all(self, letters: Sequence[Letter]) -> list[bool]:
        async with httpx2.AsyncClient(
            verify=self._trust, timeout=STEP_SECONDS, follow_redirects=False, trust_env=False
        ) as client:
            return await asyncio.gather(*(_taken(client, letter) for letter in letters))


async def _taken(client: httpx2.AsyncClient, letter: Letter) -> bool:
    """Whether the other side said that it took the letter."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _post(client, letter)
    except TROUBLE:
        return False


async def _post(client: httpx2.AsyncClient, letter: Letter) -> bool:
    parts = urlsplit(letter.url)
    addresses = [] if wrong_with(letter.url, letter.reach) else await _resolved(parts)
    if not may_call(addresses, letter.reach):
        return False
    for address in addresses[:MOST_ADDRESSES]:
        with suppress(httpx2.ConnectError):  # nobody listens there: the next may be the one
            return await _post_to(address, parts, letter, client)
    return False


async def _post_to(address: Address, parts: SplitResult, letter: Letter, client: httpx2.AsyncClient) -> bool:
    headers = {
        **letter.headers,
        "Host": parts.netloc,
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    sent = client.stream(
        "POST",
        _to_address(parts, address),
        content=letter.body,
        headers=headers,
        extensions={"sni_hostname": parts.hostname},
    )
    async with sent as answer:
        return 200 <= answer.status_code < 300


async def _resolved(parts: SplitResult) -> list[Address]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    return [ip_address(one[4][0]) for one in found]


def _to_address(parts: SplitResult, address: Address) -> str:
    host = f"[{address}]" if address.version == 6 else str(address)
    return parts._replace(netloc=f"{host}:{_port(parts)}").geturl()


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]
