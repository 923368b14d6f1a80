"""What each problem means, as HTML: the text of the documentation, so that the two never differ."""

import html
import re
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

import enclave

CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
WORDS_AS_TYPED: Final = re.compile(r"`([^`]+)`")
LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
HEADINGS: Final = (("## ", "h2", "govuk-heading-m"), ("# ", "h1", "govuk-heading-l"))


def problem_body(code: str) -> Markup | None:
    """What the page of one problem says; None if there is no such problem."""
    text = _text(code) if CODE.fullmatch(code) else None
    return (
        None
        if text is None
        else Markup("\n").join(_block(block) for block in re.split(r"\n{2,}", text.strip()))
    )


@cache
def _folder() -> Path | None:
    package = Path(enclave.__file__).parent
    candidates = (package / "_problems", package.parent / "docs" / "problems")
    return next((folder for folder in candidates if folder.is_dir()), None)


def _text(code: str) -> str | None:
    folder = _folder()
    path = None if folder is None else folder / f"{code}.md"
    return path.read_text("utf-8") if path is not None and path.is_file() else None


def _block(block: str) -> Markup:
    for mark, element, class_ in HEADINGS:
        if block.startswith(mark):
            words = _inline(block.removeprefix(mark))
            return Markup('<{} class="{}">{}</{}>').format(Markup(element), class_, words, Markup(element))
    if block.startswith("- "):
        items = (
            Markup("<li>{}</li>").format(_inline(item))
            for item in re.split(r"\n- ", block.removeprefix("- "))
        )
        return Markup('<ul class="govuk-list govuk-list--bullet">{}</ul>').format(Markup("").join(items))
    return Markup('<p class="govuk-body">{}</p>').format(_inline(block))


def _inline(text: str) -> Markup:
    """Plain words; a link keeps its words, since the page it leads to is not served."""
    return Markup(WORDS_AS_TYPED.sub(r"<code>\1</code>", html.escape(LINK.sub(r"\1", text), quote=False)))
