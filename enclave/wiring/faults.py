"""The log of faults: what a developer needs, and nothing that a person typed or a row held.

A message of an exception can quote either, so no message is kept: the kinds of the errors and where they were raised.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from traceback import extract_tb

MOST_CAUSES = 10


def record_fault(error: BaseException, *, log: Path, fault_id: str, at: datetime) -> None:
    """Append one line for this error and what caused it. The log is for its owner alone."""
    entry = {"fault": fault_id, "at": at.isoformat(), "errors": [_described(one) for one in _chain(error)]}
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _chain(error: BaseException) -> list[BaseException]:
    chain = [error]
    while len(chain) < MOST_CAUSES and (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    return chain


def _described(error: BaseException) -> dict[str, object]:
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    return {"kind": f"{type(error).__module__}.{type(error).__qualname__}", "raised_at": frames}
