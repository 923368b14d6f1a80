"""Which published reports somebody asks for: of which year, in which language, of whom."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Query

from enclave.problems.service import NotFound
from enclave.transparency.languages import ENGLISH
from enclave.transparency.published import Index, Listed, Of
from enclave.web.service import Service
from enclave.wiring.publishing import published_index, published_languages, published_years

Search = Annotated[str, Query(max_length=100, description="Words of the name, or the code.")]
OfYear = Annotated[int | None, Query(ge=2000, le=9999, description="Of the uses; the last, unless said.")]
Spoken = Annotated[
    str,
    Query(
        alias="lang",
        pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$",
        description="English, unless there is it.",
    ),
]
Code = Annotated[str, Path(min_length=1, max_length=80, description="As the listing has it.")]


@dataclass(frozen=True, slots=True)
class Edition:
    """A year in one language, and what else there is."""

    index: Index
    language: str
    years: tuple[int, ...]
    languages: tuple[str, ...]


def edition(service: Service, year: int | None, language: str = ENGLISH) -> Edition | None:
    """The one that is asked for; nothing, if nothing is published yet. In English, if there is none in the language.

    Raises:
        NotFound: nothing is published of that year.
    """
    home = service.gateway.home
    years = published_years(home)
    if not years:
        return None
    chosen = years[0] if year is None else year
    languages = published_languages(home, chosen) if chosen in years else ()
    spoken = language if language in languages else next(iter(languages), ENGLISH)
    index = published_index(home, chosen, spoken) if languages else None
    if index is None:
        raise NotFound(detail="No reports of that year are published.")
    return Edition(index, spoken, years, languages)


def one_of(service: Service, of: Of, code: str, year: int | None, language: str) -> tuple[Edition, Listed]:
    """
    Raises:
        NotFound
    """
    found = edition(service, year, language)
    item = None if found is None else found.index.one(of, code)
    if found is None or item is None:
        raise NotFound(detail="There are no reports of that code.")
    return found, item
