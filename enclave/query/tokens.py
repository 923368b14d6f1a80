"""A strict reader of SQL words, our own: the first look at a text, before any parser sees it.

It knows less than DuckDB on purpose. What it does not know it refuses, and later `parse` requires that sqlglot cut the
text at exactly the same places: a text which two readers would cut differently never reaches a tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from enclave.problems import Problem, SyntaxProblem
from enclave.terms import Edit, Fix, Span


class Kind(StrEnum):
    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the text. `value` is what it says: lower case for words, unquoted for strings and quoted names."""

    kind: Kind
    value: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, unquoted."""
        return self.kind is Kind.WORD and self.value in words

    def is_mark(self, *marks: str) -> bool:
        return self.kind is Kind.MARK and self.value in marks


@dataclass(frozen=True, slots=True)
class Words:
    """A text cut into tokens. `bare` is the text with comments blanked, every other character at its place."""

    text: str
    bare: str
    tokens: tuple[Token, ...]
    problems: tuple[Problem, ...]


# The longest first. A mark that is read but never allowed is still named, so that it can be refused by its name.
_MARKS = (
    "!~~*", "<->", "<=>", "->>", "!~~", "!~*", "~~*", "~~~",
    "::", ":=", "=>", "->", "<=", ">=", "<>", "!=", "==", "||", "//", "**", "|>", "<<", ">>", "&&", "@>", "<@", "^@",
    "!~", "~~", "~*",
    *"+-*/%^<>=(),.;[]{}&|~!@#$?:",
)  # fmt: skip
_TOKEN = re.compile(
    r"""
    (?:
      (?P<comment>--[^\r\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<unended>/\*)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>"""
    + "|".join(re.escape(mark) for mark in _MARKS)
    + r"""))[ \t\r\n]*""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_SPACE = " \t\r\n"
_KINDS = {kind.value: kind for kind in Kind}
# Control, format (zero-width, direction), surrogate and private characters. In string literals only the first group
# is refused: a code list may hold any letter, but no engine agrees with another on NUL or on half a surrogate pair.
_NEVER = re.compile("[\x00\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_LOOKALIKES = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
}
_SPACES = frozenset(
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_NAMED = frozenset("$#?@{}:")  # refused by their name in `misreadings`, wherever they stand
_SIGNED = frozenset({"=", "==", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "//", "%", "||"})


def read_words(text: str) -> Words:
    """Cut a text into tokens, with a problem for every stretch that is not plain SQL."""
    tokens: list[Token] = []
    problems: list[Problem] = []
    comments: list[tuple[int, int]] = []
    at = _past_space(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup == "unended":
            problem, end = _unreadable(text, at)
            problems.append(problem)
            at = _past_space(text, end)
        else:
            group, found = match.lastgroup or "", match.group(match.lastgroup or 0)
            if group == "comment":
                comments.append((at, at + len(found)))
                problems.extend(_in_comment(text, at, found))
            else:
                tokens.append(_token(_KINDS[group], found, at))
                if group != "word" and group != "mark":
                    problems.extend(_in_token(text, tokens[-1]))
            at = match.end()
    problems.extend(_beside(text, tokens))
    return Words(text, _without(text, comments), tuple(tokens), tuple(problems))


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _PLAIN_SPACE:
        at += 1
    return at


def _without(text: str, comments: list[tuple[int, int]]) -> str:
    """The text with its comments blanked; its lines stay."""
    for start, end in comments:
        text = text[:start] + re.sub(r"[^\r\n]", " ", text[start:end]) + text[end:]
    return text


def _token(kind: Kind, found: str, start: int) -> Token:
    match kind:
        case Kind.STRING:
            value = found[1:-1].replace("''", "'")
        case Kind.QUOTED:
            value = found[1:-1].replace('""', '"')
        case Kind.WORD:
            value = found.lower()
        case _:
            value = found
    return Token(kind, value, start, start + len(found))


def _syntax(text: str, start: int, end: int, detail: str, *fixes: Fix) -> SyntaxProblem:
    return SyntaxProblem(detail=detail, spans=(Span.of(text, start, end),), fixes=fixes)


def _replace(start: int, end: int, new: str, title: str) -> Fix:
    return Fix(title=title, edits=(Edit(start, end, new),))


def _unreadable(text: str, at: int) -> tuple[Problem, int]:
    """The problem at a place where no token starts, and where to read on."""
    character = text[at]
    if character in "'\"":
        what = "text in quotes" if character == "'" else "name in double quotes"
        empty = text.startswith('""', at)
        detail = "A name in double quotes is empty." if empty else f"A {what} starts here and never ends."
        end = at + 2 if empty else len(text)
        return _syntax(text, at, end, detail), end
    if text.startswith("/*", at):
        return _syntax(text, at, len(text), "A comment starts here and never ends."), len(text)
    end = at + 1
    if character in _SPACES:
        fix = _replace(at, end, " ", "Use an ordinary space")
        return _syntax(text, at, end, "This is not an ordinary space.", fix), end
    if character in _LOOKALIKES:
        fix = _replace(at, end, _LOOKALIKES[character], "Use the plain character")
        return _syntax(text, at, end, "This is a typographic character, not the one SQL uses.", fix), end
    if _HIDDEN.match(character):
        fix = _replace(at, end, "", "Remove it")
        return _syntax(text, at, end, "An invisible character stands here.", fix), end
    while end < len(text) and text[end].isalnum():
        end += 1
    if character.isalpha():
        detail = "Letters beyond a to z can stand only in names in double quotes and in text in quotes."
        return _syntax(text, at, end, detail), end
    return _syntax(text, at, end, "This character is not part of SQL here."), end


def _in_comment(text: str, start: int, found: str) -> Iterator[Problem]:
    """A comment that readers end at different places, or that hides characters, is refused."""
    if found.startswith("/*") and "/*" in found[2:]:
        yield _syntax(text, start, start + len(found), "A comment stands inside a comment.")
    if found.startswith("/*+"):
        yield _syntax(text, start, start + len(found), "Hints to the engine cannot be given.")
    for hidden in _HIDDEN.finditer(found):
        place = start + hidden.start()
        yield _syntax(text, place, place + 1, "An invisible character stands in this comment.")


def _in_token(text: str, token: Token) -> Iterator[Problem]:
    """Characters that may not stand in a name or a text, and numbers nobody reads alike."""
    if token.kind in (Kind.STRING, Kind.QUOTED):
        banned = _NEVER if token.kind is Kind.STRING else _HIDDEN
        if banned.search(text, token.start, token.end):
            yield _syntax(text, token.start, token.end, "An invisible character stands here.")
    if token.kind is Kind.NUMBER and len(token.value) > 38:
        yield _syntax(text, token.start, token.end, "A number has more than 38 digits.")


def _beside(text: str, tokens: list[Token]) -> Iterator[Problem]:
    """Tokens that touch where a space belongs: readers cut these at different places."""
    for left, right in pairwise(tokens):
        if left.end == right.start:
            problem = _touching(text, left, right)
            if problem is not None:
                yield problem
        elif (left.is_mark(".") and right.kind is Kind.NUMBER) or (
            left.kind is Kind.NUMBER and right.is_mark(".")
        ):
            yield _syntax(text, left.start, right.end, "A number must start and end with a digit.")
        elif left.kind is Kind.STRING and right.kind is Kind.STRING:
            yield _two_texts(text, left, right)


def _touching(text: str, left: Token, right: Token) -> Problem | None:
    apart = _replace(left.end, left.end, " ", "Put a space between them")
    values = {Kind.WORD, Kind.QUOTED, Kind.STRING, Kind.NUMBER}
    if left.is_mark(".") and right.kind is Kind.NUMBER:
        fix = _replace(left.start, left.start, "0", "Write a zero before the point")
        return _syntax(text, left.start, right.end, "A number must start with a digit.", fix)
    if left.kind is Kind.NUMBER and right.is_mark("."):
        fix = _replace(right.end, right.end, "0", "Write a zero after the point")
        return _syntax(text, left.start, right.end, "A number must end with a digit.", fix)
    if left.kind is Kind.STRING and right.kind is Kind.STRING:
        return _two_texts(text, left, right)
    if left.kind in values and right.kind in values:
        return _syntax(text, left.start, right.end, "A space is missing here.", apart)
    if left.kind is Kind.NUMBER and right.is_mark("+", "-") and "e" in left.value.lower():
        return _syntax(text, left.start, right.end, "A space is missing after this number.", apart)
    if left.kind is Kind.MARK and right.kind is Kind.MARK:
        return _run_of_marks(text, left, right, apart)
    return None


def _run_of_marks(text: str, left: Token, right: Token, apart: Fix) -> Problem | None:
    """Engines read a run of operator signs as one operator; only a sign before a value is plain."""
    plain = frozenset("(),.;[]")
    if left.value in plain or right.value in plain or left.value in _NAMED or right.value in _NAMED:
        return None
    if left.value in _SIGNED and right.is_mark("-", "+") and left.value not in ("+", "-"):
        return None
    return _syntax(text, left.start, right.end, "A space is missing between these signs.", apart)


def _two_texts(text: str, left: Token, right: Token) -> Problem:
    fix = _replace(left.end, right.start, " || ", "Join them with ||")
    return _syntax(text, left.start, right.end, "Two texts in quotes stand side by side.", fix)
