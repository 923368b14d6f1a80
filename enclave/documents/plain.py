"""The values of a plain YAML text by libyaml, which reads it twenty times as fast as ruamel does.

The one thing to know before changing this: ruamel's reading is the one that counts. This one answers only where there
is nothing to tell: mappings, sequences and scalars of printable characters, read without a mistake. Whatever has an
anchor, an alias, a tag, a directive, a second document, a tab, a repeated key, another line break than a newline or too
many levels, and whatever libyaml cannot read, is left to ruamel, which also knows the place of everything. Both resolve
plain words by ruamel's rules of YAML 1.2. A test compares the two over all policies and many broken texts.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import yaml  # type: ignore[import-untyped]
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode

from enclave.documents.scalars import TAG, scalar_of

MAX_LEVELS: Final = 20
UNUSUAL: Final = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Characters that YAML's versions do not all treat alike, or do not take."""
RESOLVER: Final = YAML(typ="safe", pure=True).resolver


class _NotPlain(Exception):
    """Something that ruamel has to read."""


def plain_values(text: str) -> tuple[Any] | None:
    """The values of a text, in a tuple since they may be None themselves; None if it is for ruamel to read."""
    if not yaml.__with_libyaml__ or UNUSUAL.search(text):
        return None
    try:
        return (_document(yaml.parse(text, Loader=yaml.CLoader)),)
    except (yaml.YAMLError, _NotPlain, ValueError, ArithmeticError):
        return None


def _document(events: Iterator[Any]) -> Any:
    """The one document of a text. All events are read: what is wrong further down counts too."""
    next(events)
    begun = next(events)
    if not isinstance(begun, yaml.DocumentStartEvent) or begun.version or begun.tags:
        raise _NotPlain
    if not isinstance(first := next(events), yaml.MappingStartEvent):
        raise _NotPlain  # a block of text that is the whole document is read otherwise
    values = _value(first, events, MAX_LEVELS)
    next(events)
    if not isinstance(next(events), yaml.StreamEndEvent):
        raise _NotPlain
    return values


def _value(event: Any, events: Iterator[Any], levels: int) -> Any:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None or levels == 0:
        raise _NotPlain
    if isinstance(event, yaml.ScalarEvent):
        return scalar_of(_tag(event.value, event.implicit), event.value)
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, levels)
    items = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        items.append(_value(event, events, levels - 1))
    return items


def _mapping(events: Iterator[Any], levels: int) -> dict[str | int, Any]:
    values: dict[str | int, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _key(event)
        if key in values:
            raise _NotPlain
        values[key] = _value(next(events), events, levels - 1)
    return values


def _key(event: Any) -> str | int:
    if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
        raise _NotPlain
    tag = _tag(event.value, event.implicit)
    return int(event.value) if tag == f"{TAG}int" and event.value.isdecimal() else str(event.value)


@lru_cache(maxsize=10_000)
def _tag(value: str, implicit: tuple[bool, bool]) -> str:
    return str(RESOLVER.resolve(ScalarNode, value, implicit))
