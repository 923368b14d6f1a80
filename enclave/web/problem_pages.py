"""What each problem means, as a page: the text of the documentation, so that the two never differ."""

import html
import re
from functools import cache
from pathlib import Path
from typing import Final

import enclave

CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
WORDS_AS_TYPED: Final = re.compile(r"`([^`]+)`")
LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
HEADINGS: Final = (("## ", "h2"), ("# ", "h1"))


def problem_page(code: str) -> str | None:
    """The page of one problem; None if there is no such problem."""
    text = _text(code) if CODE.fullmatch(code) else None
    return None if text is None else _page(code, text)


@cache
def _folder() -> Path | None:
    package = Path(enclave.__file__).parent
    candidates = (package / "_problems", package.parent / "docs" / "problems")
    return next((folder for folder in candidates if folder.is_dir()), None)


def _text(code: str) -> str | None:
    folder = _folder()
    path = None if folder is None else folder / f"{code}.md"
    return path.read_text("utf-8") if path is not None and path.is_file() else None


def _page(code: str, text: str) -> str:
    body = "\n".join(_block(block) for block in re.split(r"\n{2,}", text.strip()))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    style = '<link rel="stylesheet" href="/register/style.css">'
    title = f"<title>{html.escape(code)}</title>"
    opening = f'<!doctype html>\n<html lang="en-GB"><head>{head}{title}{style}</head>'
    return f"{opening}<body><main>\n{body}\n</main></body></html>\n"


def _block(block: str) -> str:
    for mark, element in HEADINGS:
        if block.startswith(mark):
            return f"<{element}>{_inline(block.removeprefix(mark))}</{element}>"
    if block.startswith("- "):
        items = (f"<li>{_inline(item)}</li>" for item in re.split(r"\n- ", block.removeprefix("- ")))
        return f"<ul>{''.join(items)}</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    """Plain words; a link keeps its words, since the page it leads to is not served."""
    return WORDS_AS_TYPED.sub(r"<code>\1</code>", html.escape(LINK.sub(r"\1", text), quote=False))
