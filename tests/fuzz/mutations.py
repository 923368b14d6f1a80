"""Texts that nobody would write: corpus texts and generated ones, cut, doubled, nested and made strange."""

import math
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from enclave.problems import Refusals
from enclave.query.parse import Parsed, parse
from tests.fuzz.questions import question
from tests.support.corpus import research_queries

CODES = frozenset({"syntax", "not-a-query", "too-complex", "function-not-allowed", "chooses-rows"})
_TEXTS = tuple(research_queries().values())
_STRANGE = (
    "\x00",
    "\x01",
    "\x7f",
    "\x85",
    "\xa0",
    "\u200b",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\ud800",
    "\udfff",
    "\U000e0001",
    "é",
    "e\u0301",
    "ﬁ",
    "ß",
    "İ",
    "ı",
    "＇",
    "‘",
    "’",
    "；",
    "／＊",
    "１",
    "Ⅷ",
    "𝟙",
    "ﷺ",
    "\r",
    "\v",
    "\f",
    "\t",
    "\n",
)
_PIECES = (
    "'",
    '"',
    "`",
    "$$",
    "--",
    "/*",
    "*/",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "..",
    "::",
    "->",
    "=>",
    "||",
    "\\",
    "?",
    "$1",
    ":x",
    "@",
    "#",
    "~",
    "!",
    "0x1",
    "1e999",
    "1_0",
    "E'\\'",
    "U&'",
    "x''",
    "SELECT",
    "FROM",
    "WITH",
    "UNION ALL",
    "NOT",
    "-",
    "CASE WHEN",
    "END",
    "OVER (",
    "FILTER (WHERE",
    "INTERVAL",
    "CAST(",
    "AS",
    "PIVOT",
    "VALUES",
    "LATERAL",
    "IN",
    "NULL",
    "*",
)
_NESTS = (
    ("(", ")"),
    ("SELECT (", ")"),
    ("NOT ", ""),
    ("- ", ""),
    ("CASE WHEN TRUE THEN ", " END"),
    ("coalesce(", ", 1)"),
    ("[", "]"),
    ("SELECT * FROM (", ") t"),
    ("WITH a AS (", ") SELECT * FROM a"),
    ("SELECT 1 UNION ALL ", ""),
    ("EXISTS (", ")"),
    ("a IN (", ")"),
    ("CAST(", " AS INT)"),
    ("/*", "*/"),
    ("'", "'"),
    ('"', '"'),
    ("SELECT 1 FROM a JOIN (", ") b ON TRUE"),
    ("x + ", ""),
    ("{'a': ", "}"),
)


_ALIKE = (
    ("a", "\u0430"),
    ("e", "\u0435"),
    ("o", "\u03bf"),
    ("A", "\u0391"),
    ("E", "\uff25"),
    ("I", "\u0130"),
    ("i", "\u0131"),
    ("k", "\u212a"),
    ("s", "\u017f"),
    (" ", "\u00a0"),
    ("'", "\u2019"),
    ("-", "\u2212"),
    ("1", "\u0661"),
)


@dataclass
class Read:
    """How the texts fared. `wrong`: what came out of `parse` that is no coded problem."""

    texts: int = 0
    passed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Read") -> None:
        self.texts += other.texts
        self.passed += other.passed
        self.codes += other.codes
        self.slowest = max(self.slowest, other.slowest)
        self.wrong += other.wrong


def read_texts(seeds: Iterable[int], *, slow_seconds: float = math.inf) -> Read:
    """The texts of these seeds. One that takes more processor time than `slow_seconds` is a finding."""
    found = Read()
    for seed in seeds:
        read_one(mutated(seed), found, slow_seconds=slow_seconds)
    return found


def read_one(text: str, found: Read, *, slow_seconds: float = math.inf) -> None:
    """Parse one text and keep what becomes of it."""
    found.texts += 1
    started = time.process_time()
    try:
        parsed = parse(text)
        found.passed += isinstance(parsed, Parsed)
    except Refusals as refusals:
        codes = {problem.code for problem in refusals.problems}
        found.codes.update(codes)
        if not codes <= CODES or not codes:
            found.wrong.append(f"{sorted(codes)}: {text[:300]!r}")
        found.wrong += [
            f"a place outside the text: {text[:300]!r}"
            for problem in refusals.problems
            for span in problem.spans
            if not 0 <= span.start <= span.end <= len(text)
        ]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the run goes on
        found.wrong.append(f"{type(error).__name__}: {text[:300]!r}")
    took = time.process_time() - started
    found.slowest = max(found.slowest, took)
    if took > slow_seconds:
        found.wrong.append(f"{took:.1f} s of processor time: {text[:300]!r}")


def mutated(seed: int) -> str:
    """The text of this seed: the same for ever."""
    chance = random.Random(f"text {seed}")
    text = chance.choice(_TEXTS) if chance.random() < 0.7 else question(f"text {seed}").sql
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        text = chance.choice(_WAYS)(text, chance)
    return text


def _bytes(text: str, chance: random.Random) -> str:
    """Some bytes of its UTF-8 changed, cut or doubled; what is no text any more is read as it can be."""
    raw = bytearray(text.encode("utf-8", "replace"))
    for _ in range(chance.choice((1, 2, 8))):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(3):
            case 0:
                raw[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del raw[at : at + chance.randrange(1, 9)]
            case _:
                raw[at:at] = raw[at : at + chance.randrange(1, 30)]
    return raw.decode("utf-8", chance.choice(("replace", "ignore", "surrogateescape")))


def _tokens(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    at, other = chance.randrange(len(words)), chance.randrange(len(words))
    match chance.randrange(4):
        case 0:
            words[at], words[other] = words[other], words[at]
        case 1:
            words[at:at] = words[min(at, other) : max(at, other)]
        case 2:
            del words[min(at, other) : max(at, other)]
        case _:
            words[at] = chance.choice(_PIECES)
    return " ".join(words)


def _pieces(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice((*_PIECES, *_STRANGE)) * chance.choice((1, 1, 2, 40)) + text[at:]


def _letters(text: str, chance: random.Random) -> str:
    """Letters become others that look alike, or fold to the same."""
    letter, alike = chance.choice(_ALIKE)
    return text.replace(letter, alike, chance.choice((1, 3, 1_000)))


def _nested(text: str, chance: random.Random) -> str:
    before, after = chance.choice(_NESTS)
    depth = chance.choice((2, 10, 60, 400, 3_000))
    if chance.random() < 0.5:
        return before * depth + text + after * depth
    at = chance.randrange(len(text) + 1)
    return text[:at] + before * depth + "1" + after * depth + text[at:]


def _large(text: str, chance: random.Random) -> str:
    match chance.randrange(5):
        case 0:
            return text + ", x" * chance.choice((50, 5_000, 30_000))
        case 1:
            return f"{text} UNION ALL " * chance.choice((3, 30, 200)) + text
        case 2:
            return text.replace("1", "9" * chance.choice((20, 400, 50_000)), 1)
        case 3:
            return text + " AND 'x" + "y" * chance.choice((1_000, 300_000)) + "' = ''"
        case _:
            return text + " OR a = 1" * chance.choice((20, 800, 9_000))


def _cut(text: str, chance: random.Random) -> str:
    return text[chance.choice((0, 0, chance.randrange(len(text) + 1))) : chance.randrange(len(text) + 1)]


_WAYS = (_bytes, _bytes, _tokens, _tokens, _tokens, _pieces, _pieces, _letters, _nested, _large, _cut)
