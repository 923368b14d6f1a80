"""Waiting for a query on its caller's behalf. No thread is held meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool

from enclave.outputs.views import QueryView
from enclave.wiring.bell import Bell

LOOK_EVERY_SECONDS: Final = 1.0
"""When nobody rings, since the query runs in another process."""


async def until_over(
    look: Callable[[], QueryView], *, bell: Bell, name: str, seconds: float, stopping: Callable[[], bool]
) -> QueryView:
    """The query when it is over, or as it is after so many seconds or when the service stops."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    heard = asyncio.Event()
    with bell.listening(name, lambda: loop.call_soon_threadsafe(heard.set)):
        while True:
            heard.clear()
            view = await run_in_threadpool(look)
            left = deadline - loop.time()
            if view.over or left <= 0 or stopping():
                return view
            await first_of(heard, min(left, LOOK_EVERY_SECONDS))


async def first_of(heard: asyncio.Event, seconds: float) -> None:
    """Until it is heard, or so many seconds are over."""
    try:
        await asyncio.wait_for(heard.wait(), seconds)
    except TimeoutError:
        return
