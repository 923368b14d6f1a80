"""A page of a report as PDF, out of the page itself: so the two cannot say different things.

Limit: it has the letters and the plain look of `documents.printed`. It reads the pages of this room, not any HTML.
"""

from html.parser import HTMLParser
from typing import Final

from enclave.documents.printed import Line, LineKind, pdf_of

BLOCKS: Final = {
    "title": LineKind.TEXT,
    "h1": LineKind.TITLE,
    "h2": LineKind.HEADING,
    "p": LineKind.TEXT,
    "li": LineKind.TEXT,
    "div": LineKind.TEXT,
    "th": LineKind.ROW,
    "td": LineKind.VALUE,
}
BULLET: Final = "\u2022 "


def page_pdf(page: str) -> bytes:
    """The same words in the same order; each row of a table is a block of lines."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return pdf_of(reader.lines, title=reader.title, language=reader.language)


class _Reader(HTMLParser):
    """Collects the text of each block; a table's heads are the names of its values."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.language = "", ""
        self.lines: list[Line] = []
        self._heads: list[str] = []
        self._cell, self._in_head, self._skipping = 0, False, False
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "html":
                self.language = dict(attrs).get("lang") or ""
            case "style" | "caption":
                self._skipping = True
            case "thead":
                self._in_head = True
            case "tr":
                self._cell = 0
            case "br":
                self._said.append(" ")
            case _ if tag in BLOCKS:
                self._said = []

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._said.append(data)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "style" | "caption":
                self._skipping = False
            case "thead":
                self._in_head = False
            case _ if tag in BLOCKS:
                self._block(tag, " ".join("".join(self._said).split()))
                self._said = []

    def _block(self, tag: str, text: str) -> None:
        if tag == "title":
            self.title = text
        elif self._in_head:
            self._heads.append(text)
        elif tag in ("th", "td"):
            self._in_table(BLOCKS[tag], text)
        elif text:
            self.lines.append(Line(BLOCKS[tag], (BULLET if tag == "li" else "") + text))

    def _in_table(self, kind: LineKind, text: str) -> None:
        head = self._heads[self._cell]
        self._cell += 1
        of_row = kind is LineKind.ROW
        self.lines.append(Line(kind, f"{head}: {text}" if of_row else text, name="" if of_row else head))
