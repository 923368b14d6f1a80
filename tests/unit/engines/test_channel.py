"""The gateway's end of the line to a worker."""

import socket
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from enclave.engines.duckdb.channel import Channel
from enclave.engines.duckdb.process import Stopped
from enclave.engines.duckdb.spec import FailureCode
from enclave.engines.duckdb.wire import ERROR, HEADER, PROGRESS

PAYLOAD = b"0123456789"
MESSAGE = HEADER.pack(PROGRESS, len(PAYLOAD)) + PAYLOAD


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def go_on() -> None:
    """Nothing ends the wait."""


def stops_at(call: int) -> Callable[[], None]:
    """A check that ends the wait when it is called for the so-manieth time."""
    calls = count(1)

    def check() -> None:
        if next(calls) == call:
            raise Stopped(FailureCode.TIMEOUT)

    return check


@pytest.mark.parametrize("there", range(len(MESSAGE)))
def test_a_message_that_a_check_cut_short_goes_on_from_there(
    ends: tuple[Channel, socket.socket], there: int
) -> None:
    channel, worker = ends
    worker.sendall(MESSAGE[:there])
    with pytest.raises(Stopped):
        channel.receive(100, stops_at(4))  # of a wait for what does not come
    assert channel.is_quiet() is (there == 0)
    worker.sendall(MESSAGE[there:] + HEADER.pack(ERROR, 0))
    assert channel.receive(100, go_on) == (PROGRESS, bytearray(PAYLOAD))
    assert channel.receive(100, go_on) == (ERROR, bytearray())
    assert channel.is_quiet()
