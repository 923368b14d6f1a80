"""Reads one YAML file into plain values, and finds any of them again in the text.

YAML 1.2 through ruamel's composer: nodes know their place, and building our own values from them lets us refuse
what a policy has no need of (anchors, tags, several documents) and report every repeated key, not only the first.
What is plain and without a mistake is read by `plain`, which is faster; its places are looked for when a finding
needs them.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from enclave.documents.findings import Report
from enclave.documents.parsed_before import recall, remember
from enclave.documents.places import Place, Spot
from enclave.documents.plain import plain_values
from enclave.documents.scalars import TAG, known_tag, scalar_of
from enclave.documents.yaml_errors import yaml_finding

Value: TypeAlias = Any  # str | int | bool | Decimal | date | None, or a list or dict of values
Path: TypeAlias = tuple[str | int, ...]

MAX_CHARACTERS: Final = 2_000_000
MAX_DEPTH: Final = 20
LINE_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(eq=False)
class Document:
    """One file: its values, and the place of each. `file` is the name that readers see."""

    file: str
    text: str
    values: Value = None
    root: Node | None = field(default=None, repr=False)

    @cached_property
    def lines(self) -> list[str]:
        return LINE_BREAK.split(self.text)

    @property
    def kind(self) -> str | None:
        """What the file says it is."""
        kind = self.values.get("kind") if isinstance(self.values, dict) else None
        return kind if isinstance(kind, str) else None

    def place(self, *path: str | int) -> Spot:
        """Where the value at `path` stands, or the nearest thing above it that is there."""
        return Spot(lambda: self.place_of(self._nodes(path)[1]))

    def key(self, *path: str | int) -> Spot:
        """Where the key of `path` stands; the item itself in a list."""
        return Spot(lambda: self._key(path))

    def first_key(self, *path: str | int) -> Spot:
        """The first key of the mapping at `path`, for something that is missing in it."""
        return Spot(lambda: self._first_key(path))

    def whole(self) -> Place:
        """The file, without a line."""
        return Place(self.file)

    def at(self, line: int, column: int) -> Place:
        """The word at a line and column, both from 1."""
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        word = re.match(r"[\w.@/-]+", source[column - 1 :])
        return Place(self.file, line, column, len(word.group()) if word else 1, source)

    def _key(self, path: Path) -> Place:
        key, value = self._nodes(path)
        return self.place_of(key or value)

    def _first_key(self, path: Path) -> Place:
        node = self._nodes(path)[1]
        if isinstance(node, MappingNode) and node.value:
            return self.place_of(node.value[0][0])
        return self._key(path)

    def _nodes(self, path: Path) -> tuple[Node | None, Node | None]:
        if self.root is None and self.text.strip():
            self.root = _compose(self.text)
        key, node = None, self.root
        for step in path:
            key_below, below = _below(node, step)
            if below is None:
                break
            key, node = key_below, below
        return key, node

    def place_of(self, node: Node | None) -> Place:
        """The part of a node that stands on its first line."""
        if node is None:
            return self.whole()
        start, end = node.start_mark, node.end_mark
        source = self.lines[start.line]
        stop = end.column if end.line == start.line else len(source.rstrip())
        return Place(self.file, start.line + 1, start.column + 1, max(stop - start.column, 1), source)


def read_document(
    path: FilePath, *, file: str, report: Report, cache: FilePath | None = None
) -> Document | None:
    """Read one file, or report why it cannot be read. A repeated key is an error, and the values still come.

    With `cache`, the values of a file without errors are kept there by the hash of its text.
    """
    text = _text(path, file=file, report=report)
    if text is None:
        return None
    known = recall(cache, text) if cache is not None else None
    if known is not None:
        return Document(file, text, known[0])
    document = _parsed(Document(file, text), report)
    if document is not None and cache is not None and not report.errors_in(file):
        remember(cache, text, document.values)
    return document


def read_text(text: str, *, file: str, report: Report) -> Document | None:
    """Read a text as `read_document` reads a file."""
    return _parsed(Document(file, text), report)


def read_text_slowly(text: str, *, file: str, report: Report) -> Document | None:
    """The same by ruamel alone: what `read_text` has to come to."""
    return _parsed_slowly(Document(file, text), report)


def _parsed(document: Document, report: Report) -> Document | None:
    plain = plain_values(document.text)
    if plain is not None:
        document.values = plain[0]
        return document
    return _parsed_slowly(document, report)


def _parsed_slowly(document: Document, report: Report) -> Document | None:
    try:
        document.root = _compose(document.text)
    except YAMLError as error:
        report.found.append(yaml_finding(error, document.lines, document.at))
        return None
    except RecursionError:
        report.error(document.whole(), "yaml", f"nested more than {MAX_DEPTH} deep", fix="make it flatter")
        return None
    document.values = _Builder(document, report).value(document.root)
    return document


def _text(path: FilePath, *, file: str, report: Report) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        report.error(
            Place(file), "unreadable", "this file cannot be read", fix="save it as plain text in UTF-8"
        )
        return None
    if len(text) > MAX_CHARACTERS:
        message = f"this file is longer than {MAX_CHARACTERS:,} characters"
        report.error(
            Place(file), "too-long", message, fix="split it; the catalogue may have one file per table"
        )
        return None
    return text


def _compose(text: str) -> Node | None:
    return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]


def _below(node: Node | None, step: str | int) -> tuple[Node | None, Node | None]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    return None, None


@dataclass(frozen=True)
class _Builder:
    """Makes plain values from nodes; what a policy may not hold is reported and becomes None."""

    document: Document
    report: Report

    def value(self, node: Node | None, depth: int = 0) -> Value:
        if node is None:
            return None
        if node.anchor is not None:
            return self.refused(
                node, "anchors and aliases are not allowed in policy files", "write the value out"
            )
        if depth > MAX_DEPTH:
            return self.refused(node, f"nested more than {MAX_DEPTH} deep", "make it flatter")
        if isinstance(node, MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self.scalar(node)

    def mapping(self, node: MappingNode, depth: int) -> dict[str | int, Value]:
        values: dict[str | int, Value] = {}
        first: dict[str | int, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.refused(key_node, "a key must be a single word", "write a word before the colon")
                continue
            key = int(key_node.value) if _is_integer(key_node) else str(key_node.value)
            if key in values:
                self.repeated(key_node, first[key])
                continue
            first[key] = key_node.start_mark.line + 1
            values[key] = self.value(value_node, depth + 1)
        return values

    def scalar(self, node: Node) -> Value:
        tag = str(node.tag)
        if not known_tag(tag):
            return self.refused(
                node, "tags and merge keys are not allowed in policy files", "write the value out"
            )
        try:
            return scalar_of(tag, str(node.value))
        except (ValueError, ArithmeticError):
            return self.refused(
                node, f'"{node.value}" is not a date or number', "check it; dates are YYYY-MM-DD"
            )

    def refused(self, node: Node, message: str, fix: str) -> None:
        self.report.error(self.document.place_of(node), "yaml", message, fix=fix)

    def repeated(self, node: ScalarNode, first_line: int) -> None:
        message = f'"{node.value}" is given twice (first on line {first_line}); the second would silently win'
        place = self.document.place_of(node)
        self.report.error(place, "duplicate-key", message, fix="keep one of the two lines")


def _is_integer(node: ScalarNode) -> bool:
    return str(node.tag) == f"{TAG}int" and node.value.isdecimal()
