"""Texts for the public in other languages, by the standard library. English is complete: it is what is written.

A translation is a file `locale/<language>/LC_MESSAGES/enclave.mo` beside this module.
"""

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

FOLDER: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "enclave"
ENGLISH: Final = "en"


class NoTranslation(Exception):
    """There is none into the language of this code."""


class Texts(Protocol):
    """What the standard library calls translations."""

    def gettext(self, message: str) -> str: ...
    def ngettext(self, one: str, many: str, number: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    texts: Texts

    @property
    def _(self) -> Callable[[str], str]:
        return self.texts.gettext


@cache
def language(code: str = ENGLISH) -> Language:
    """A language by its code; what it has no text for is in English.

    Raises:
        NoTranslation: a page in English that says it is in another language is read out wrongly.
    """
    if code == ENGLISH:
        return Language(code, gettext.NullTranslations())
    if code not in translated():
        raise NoTranslation(code)
    return Language(code, gettext.translation(DOMAIN, str(FOLDER), languages=[code]))


def translated() -> frozenset[str]:
    """The languages beside English."""
    return frozenset(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
