"""How values lie in the database: the same text and whole numbers on SQLite and on PostgreSQL."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NO_NUMBER = -1  # an id that is none of ours finds nothing; a CHECK keeps it from being stored


class Instant(TypeDecorator[datetime]):
    """A moment, as microseconds since 1970 in UTC. A time without a zone is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


class Day(TypeDecorator[date]):
    """A day, as YYYY-MM-DD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, _dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class JsonText(TypeDecorator[Any]):
    """JSON as text, keys in order, so that one value has one spelling."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A short list of texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False)

    def process_result_value(self, value: Any, _dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value))


class Word(TypeDecorator[StrEnum]):
    """A word of a closed list. Another word in the database is an error when it is read."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Numbered(TypeDecorator[str]):
    """An id such as `Q-412`, kept as its number."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.letter = letter

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> int | None:
        if value is None:
            return None
        found = re.fullmatch(rf"{self.letter}-([1-9][0-9]{{0,15}})", value, re.ASCII)
        return int(found[1]) if found else NO_NUMBER

    def process_result_value(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else f"{self.letter}-{value}"
