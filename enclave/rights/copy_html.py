"""A copy as one page that stands by itself: no script, no style from elsewhere, every value escaped."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from enclave.documents.printed import Line, LineKind
from enclave.rights.copies import Copy
from enclave.rights.copy_text import lines_of

STYLE = (
    "body{font-family:Arial,Helvetica,sans-serif;line-height:1.4;max-width:60em;margin:2em auto;padding:0 1em}"
    "dl{display:grid;grid-template-columns:minmax(8em,1fr) 2fr;gap:.2em 1em;margin:.5em 0 1.5em}"
    "dt{font-weight:bold;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere}small{color:#505a5f}"
)


def copy_page(copy: Copy) -> bytes:
    body = "\n".join(_body(copy))
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>The information that is held about you</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    ).encode()


def _body(copy: Copy) -> Iterator[str]:
    for kind, lines in groupby(lines_of(copy), key=lambda line: line.kind):
        if kind is LineKind.VALUE:
            yield f"<dl>{''.join(map(_value, lines))}</dl>"
        else:
            yield from map(_line, lines)


def _value(line: Line) -> str:
    note = f" <small>({escape(line.note)})</small>" if line.note else ""
    return f"<dt>{escape(line.name)}</dt><dd>{escape(line.text)}{note}</dd>"


def _line(line: Line) -> str:
    tag = {LineKind.TITLE: "h1", LineKind.HEADING: "h2", LineKind.ROW: "h3"}.get(line.kind, "p")
    return f"<{tag}>{escape(line.text)}</{tag}>"
