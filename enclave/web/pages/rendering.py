"""Templates into pages: one environment, the layout's own values, and the headers that every page has.

A name, or an attribute of a value, that is not there is an error. A key of a dictionary that is not there is nothing:
GOV.UK's macros take their parameters so. Text is escaped unless a template made it; never give a macro `html` that a
person wrote.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import govuk_frontend_jinja  # type: ignore[import-untyped]
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from jinja2.runtime import Undefined
from starlette.requests import Request
from starlette.responses import Response

from enclave.web.pages.assets import asset
from enclave.web.pages.navigation import menu, sections
from enclave.web.pages.words import WORDS
from enclave.web.service import service_of

FOLDER: Final = Path(__file__).parent
HTML: Final = "text/html; charset=utf-8"
POLICY: Final = (
    "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
EDITOR_POLICY: Final = POLICY + "; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'"
"""Of the pages with the SQL editor alone: it writes its own stylesheet, and places its cursor with style attributes."""


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page. The template extends `layout/page.html` and sets its `title` block."""
    layout = _layout(request)
    assert not layout.keys() & values.keys(), "a value of the page would take the place of one of the layout"
    text = _environment().get_template(template).render(layout | values)
    return Response(text, status, {"Content-Security-Policy": POLICY}, HTML)


def render(template: str, **values: Any) -> str:
    """A template by itself, such as a feed: without the layout and what it needs."""
    return _environment().get_template(template).render(values)


def editor_page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page with the SQL editor, whose script is given `nonce`."""
    nonce = service_of(request).gateway.new_session_id()
    answer = page(request, template, status=status, nonce=nonce, **values)
    answer.headers["Content-Security-Policy"] = EDITOR_POLICY.format(nonce=nonce)
    return answer


def text_of(template: str, **values: Any) -> str:
    """A template that is no page of the service: a file that people take with them."""
    return _environment().get_template(template).render(values)


def _layout(request: Request) -> dict[str, Any]:
    """What the layout needs: the house, and whoever looks."""
    policies = service_of(request).desk.policies()
    visitor = getattr(request.state, "visitor", None)
    person = None if visitor is None else policies.people.get(visitor.person)
    roles = frozenset() if visitor is None or person is None else visitor.roles & person.roles
    return {
        "house": policies.house.name,
        "synthetic": policies.house.synthetic,
        "visitor_name": None if person is None else person.display_name,
        "menu": menu(roles, request.url.path),
        "sections": sections(roles),
    }


class _Environment(Environment):
    """Strict, but for the keys of dictionaries."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        try:
            return getattr(obj, attribute)  # a wide table asks tens of thousands of times
        except AttributeError:
            return self._other(obj, attribute)

    def _other(self, obj: Any, attribute: str) -> Any:
        return _lenient(obj, super().getattr(obj, attribute), attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return _lenient(obj, super().getitem(obj, argument), str(argument))


class _Strict(StrictUndefined):
    """What is not there, in a template of ours. A macro may ask whether it has a caller."""

    def __bool__(self) -> bool:  # type: ignore[override]
        if self._undefined_name == "caller":
            return False
        return self._fail_with_undefined_error()


def _lenient(obj: Any, found: Any, name: str) -> Any:
    if isinstance(found, Undefined) and isinstance(obj, dict | ChainableUndefined):
        return ChainableUndefined(obj=obj, name=name)
    return found


@cache
def _environment() -> Environment:
    made = _Environment(
        loader=ChoiceLoader(
            [
                PrefixLoader({"govuk_frontend_jinja": PackageLoader(govuk_frontend_jinja.__name__)}),
                FileSystemLoader(FOLDER),
            ]
        ),
        autoescape=True,
        undefined=_Strict,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["undefined"] = ChainableUndefined()  # a name that GOV.UK's macros compare with
    made.filters |= WORDS
    return made
