"""Plain lines to print: PDF 1.4 with the fonts that every reader has, so that it needs no library and no font file.

Limit: those fonts have the letters of Western European languages (Windows-1252). Another letter is written by its
number, as U+0141; the page and the JSON have it as it is. The file has no tags for screen readers: the page does.

Source: PDF Reference, sixth edition (Adobe, 2006), chapters 3 and 5.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from textwrap import wrap
from typing import Final


class LineKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    ROW = "row"
    TEXT = "text"
    VALUE = "value"


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """`name` and `note` are for values: the field, and where the value comes from."""

    kind: LineKind
    text: str
    name: str = ""
    note: str = ""


WIDTH, HEIGHT, MARGIN = 595, 842, 56  # A4 in points
LETTER_WIDTH: Final = 0.53  # of the size, on average, for wrapping; wide letters are few in a row
SIZES: Final = {
    LineKind.TITLE: 20,
    LineKind.HEADING: 14,
    LineKind.ROW: 11,
    LineKind.TEXT: 10,
    LineKind.VALUE: 9,
}
BOLD: Final = frozenset({LineKind.TITLE, LineKind.HEADING, LineKind.ROW})
LEADING: Final = 1.35
FIRST_PAGE_OBJECT: Final = 5


@dataclass(frozen=True, slots=True, repr=False)
class _Placed:
    text: str
    size: int
    bold: bool
    y: float


def pdf_of(lines: Iterable[Line], *, title: str, language: str = "en-GB") -> bytes:
    """The lines on as many pages as they take. `language` is a code of ASCII letters and hyphens."""
    pages = list(_pages(lines))
    kids = " ".join(f"{FIRST_PAGE_OBJECT + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (" + _escaped(language) + b") >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        content = zlib.compress(b"\n".join(_drawn(page, number=at + 1, of=len(pages))))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents"
            f" {FIRST_PAGE_OBJECT + 2 * at + 1} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(
            f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode() + content + b"\nendstream"
        )
    objects.append(b"<< /Title (" + _escaped(title) + b") >>")
    return _file(objects)


def _pages(lines: Iterable[Line]) -> Iterator[Sequence[_Placed]]:
    page: list[_Placed] = []
    y = float(HEIGHT - MARGIN)
    for line in lines:
        size, bold = SIZES[line.kind], line.kind in BOLD
        for text in _wrapped(_words(line), size):
            y -= size * LEADING
            if y < MARGIN:
                yield page
                page, y = [], HEIGHT - MARGIN - size * LEADING
            page.append(_Placed(text, size, bold, y))
        y -= size * 0.4 if bold else 0
    yield page


def _words(line: Line) -> str:
    if line.kind is not LineKind.VALUE:
        return line.text
    return f"{line.name}: {line.text}" + (f" ({line.note})" if line.note else "")


def _wrapped(text: str, size: int) -> list[str]:
    return wrap(text, int((WIDTH - 2 * MARGIN) / (size * LETTER_WIDTH))) or [""]


def _drawn(page: Sequence[_Placed], *, number: int, of: int) -> Iterator[bytes]:
    foot = _Placed(f"Page {number} of {of}", 8, bold=False, y=MARGIN / 2)
    for placed in (*page, foot):
        font = "F2" if placed.bold else "F1"
        start = f"BT /{font} {placed.size} Tf {MARGIN} {placed.y:.1f} Td (".encode()
        yield start + _escaped(placed.text) + b") Tj ET"


def _escaped(text: str) -> bytes:
    """A PDF string. Letters that the fonts lack are written by their number, and control characters not at all."""
    found = bytearray()
    for letter in text:
        if letter in "()\\":
            found += b"\\" + letter.encode()
        elif letter.isprintable():
            try:
                found += letter.encode("cp1252")
            except UnicodeEncodeError:
                found += f"U+{ord(letter):04X}".encode()
        else:
            found += b" "
    return bytes(found)


def _file(objects: Sequence[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        made += f"{place:010d} 00000 n \n".encode()
    made += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    made += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(made)
