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
    seen: QueryView,
    look: Callable[[], QueryView],
    *,
    bell: Bell,
    seconds: float,
    stopping: Callable[[], bool],
) -> QueryView:
    """The query when it is over, or as it is after so many seconds or when the service stops.

    `seen` is how it was just now. The bell has not forgotten if it was rung since.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    heard, view = asyncio.Event(), seen
    with bell.listening(seen.id, lambda: loop.call_soon_threadsafe(heard.set)):
        while not view.over and not stopping() and (left := deadline - loop.time()) > 0:
            await first_of(heard, min(left, LOOK_EVERY_SECONDS))
            heard.clear()
            view = await run_in_threadpool(look)
    return view


async def first_of(heard: asyncio.Event, seconds: float) -> None:
    """Until it is heard, or so many seconds are over."""
    try:
        await asyncio.wait_for(heard.wait(), seconds)
    except TimeoutError:
        return
