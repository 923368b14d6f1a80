"""What the two prisoners share: their orders, a fork for each trial, and a report of what they met.

What an attempt met is reported, not judged: `selftest` knows what should be refused.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from enclave.engines.duckdb import kernel, wire

HAPPENED = "happened"

_CHANNEL = 0

Met: TypeAlias = dict[str, str]
"""By attempt: `happened`, or the name of what stopped it."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What to aim at, all of it made for the purpose by the gateway."""

    allowed: str
    secret: str
    other_table: str
    folder: str
    port: int
    gateway: int


def serve(parent: int, trial: Callable[[list[str], Targets], Met]) -> None:
    """Take orders from the gateway, make each trial in a fork of its own, and report.

    Forks, because no layer of a sandbox can be taken off again.
    """
    kernel.die_with_parent(parent)
    kind, length = wire.HEADER.unpack(os.read(_CHANNEL, wire.HEADER.size))
    orders: dict[str, Any] = json.loads(os.read(_CHANNEL, length))
    targets = Targets(**orders["targets"])
    met = [_in_a_fork(trial, measures, targets) for measures in orders["trials"]]
    os.write(_CHANNEL, wire.frame(kind, json.dumps(met).encode()))


def _in_a_fork(trial: Callable[[list[str], Targets], Met], measures: list[str], targets: Targets) -> Met:
    """What each attempt met; nothing at all if the fork came to grief."""
    leader = os.getpid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.dup2(writing, 1)
            os.close(writing)
            kernel.die_with_parent(leader)
            os.write(1, json.dumps(trial(measures, targets)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as report:
        told = report.read()
    os.waitpid(child, 0)
    return dict(json.loads(told)) if told else {}
