"""Files that were parsed before need not be parsed again: plain values as JSON, named by the hash of the text.

Only the parsing is saved; every check runs every time, and places are found in the text when a finding needs them. The
folder belongs to the home's state, which no researcher's process may write: whoever can write there already holds more.
Never pickle: reading a file must not be able to run anything.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "1"  # part of each name: a new way of reading YAML leaves the old files behind


def recall(cache: Path, text: str) -> tuple[Any] | None:
    """The values of a text that was parsed before, in a tuple since they may be None themselves; None if it was not."""
    try:
        return (json.loads(_file(cache, text).read_bytes(), object_hook=_from_json),)
    except (OSError, ValueError, ArithmeticError, KeyError, TypeError):
        return None


def remember(cache: Path, text: str, values: Any) -> None:
    """Keep the values of a text. Whether that succeeds makes no difference but in time."""
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=cache, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(_to_json(values), file, separators=(",", ":"))
        Path(name).replace(_file(cache, text))


def _file(cache: Path, text: str) -> Path:
    name = hashlib.sha256(f"{FORMAT} {text}".encode()).hexdigest()
    return cache / f"{name}.json"


def _to_json(value: Any) -> Any:
    match value:
        case dict():
            pairs = [[key, _to_json(item)] for key, item in value.items()]
            plain = all(isinstance(key, str) and not key.startswith("!") for key in value)
            return dict(pairs) if plain else {"!pairs": pairs}
        case list():
            return [_to_json(item) for item in value]
        case Decimal():
            return {"!decimal": str(value)}
        case datetime():
            return {"!datetime": value.isoformat()}
        case date():
            return {"!date": value.isoformat()}
        case _:
            return value


def _from_json(value: dict[str, Any]) -> Any:
    match value:
        case {"!pairs": pairs}:
            return dict(pairs)
        case {"!decimal": text}:
            return Decimal(text)
        case {"!datetime": text}:
            return datetime.fromisoformat(text)
        case {"!date": text}:
            return date.fromisoformat(text)
        case _:
            return value
