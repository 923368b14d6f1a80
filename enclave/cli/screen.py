"""What a person reads. Colour only on a terminal; the text is the same without it."""

import json
import sys
from collections.abc import Sequence

EMPHASIS = {"bold red": r"\^+|error\[[a-z-]+\]", "yellow": r"warning\[[a-z-]+\]", "bold": r"Try:|fix:|why:"}


def say(text: str) -> None:
    """Print for a person."""
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console  # only a terminal pays for it
    from rich.text import Text

    coloured = Text(text)
    for style, pattern in EMPHASIS.items():
        coloured.highlight_regex(pattern, style)
    Console(highlight=False).print(coloured, soft_wrap=True)


def complain(text: str) -> None:
    """Print what stopped a command, apart from its answer."""
    print(text, file=sys.stderr)


def say_json(answer: object) -> None:
    """Print for a program: one JSON document."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def columns(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Rows of words in columns, two spaces apart."""
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"{indent}{line.rstrip()}" for line in lines)
