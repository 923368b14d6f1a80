"""Attacks by strangers who open connections and leave them so: when as many are open as are served, nobody else is.

Source: CWE-400; RSnake, Slowloris (2009); slow reading (Shekyan, 2012).
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from enclave.web.connections import PromptConnection

MOST_OPEN = 3
ASKED = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Quick(PromptConnection):
    """With clocks for a test."""

    head_seconds = 0.1
    unread_seconds = 0.1


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """A word, or so much that it does not fit into anybody's buffer."""
    size = 1 << 24 if Request(scope).url.path == "/much" else 2
    await PlainTextResponse("x" * size)(scope, receive, send)


async def silent(port: int) -> Pair:
    return await asyncio.open_connection("127.0.0.1", port)


async def one_letter_at_a_time(port: int) -> Pair:
    reader, writer = await silent(port)

    async def spell() -> None:
        for letter in ASKED % b"x" * 9:
            writer.write(bytes([letter]))
            await asyncio.sleep(0.03)

    writer.letters = asyncio.ensure_future(spell())  # type: ignore[attr-defined]
    return reader, writer


async def after_one_answer(port: int) -> Pair:
    reader, writer = await silent(port)
    writer.write(ASKED % b"word")
    await reader.readuntil(b"xx")
    writer.write(b"GET /")
    return reader, writer


async def reads_nothing(port: int) -> Pair:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(ASKED % b"much")
    return reader, writer


async def status_beside(open_one: Callable[[int], Awaitable[Pair]], connection: type[H11Protocol]) -> bytes:
    """What somebody is told once strangers have held all connections for a while."""
    config = uvicorn.Config(
        answers,
        port=0,
        http=connection,
        limit_concurrency=MOST_OPEN,
        log_config=None,
        ws="none",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    held = [await open_one(port) for _ in range(MOST_OPEN - 1)]
    await asyncio.sleep(0.3)
    reader, writer = await silent(port)
    writer.write(ASKED % b"word")
    told = await reader.readline()
    for _, other in [*held, (reader, writer)]:
        if hasattr(other, "letters"):
            other.letters.cancel()
        other.transport.abort()
    server.should_exit = True
    await serving
    return told


@pytest.mark.parametrize("open_one", [silent, one_letter_at_a_time, after_one_answer, reads_nothing])
def test_whoever_holds_connections_open_keeps_nobody_out(open_one: Callable[[int], Awaitable[Pair]]) -> None:
    assert asyncio.run(status_beside(open_one, Quick)) == b"HTTP/1.1 200 OK\r\n"


def test_without_clocks_they_would() -> None:
    """The control: the server by itself has no room left."""
    assert b"503" in asyncio.run(status_beside(silent, H11Protocol))
