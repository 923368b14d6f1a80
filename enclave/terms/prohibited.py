"""Uses of data about people that no house can permit, and the rule that each would break.

The one thing to know before changing this: the list can be added to by a house (`never`) and shortened by nobody. It is
asked of the purposes of a house, of a project and of each field, by id and by title.
"""

import re
from dataclasses import dataclass
from typing import Final

WORDS: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Prohibited:
    """One use that is on no list. `told_by`: sets of beginnings of words which give it away, each set by itself."""

    id: str
    rule: str
    told_by: tuple[frozenset[str], ...]

    def named_by(self, text: str) -> bool:
        """Whether the text names this use, however it is spelt."""
        words = WORDS.findall(text.lower())
        return any(
            all(any(word.startswith(beginning) for word in words) for beginning in together)
            for together in self.told_by
        )


def _any(*alternatives: str) -> tuple[frozenset[str], ...]:
    """Each alternative is one or more beginnings of words that must all be there."""
    return tuple(frozenset(alternative.split()) for alternative in alternatives)


PROHIBITED: Final = (
    Prohibited(
        "immigration_enforcement",
        "UK GDPR Article 5(1)(b): data given for education are not used against those whom they are about",
        _any("immigration", "deport", "border enforce"),
    ),
    Prohibited(
        "decisions_about_individuals",
        "Data Protection Act 2018, section 19(3): research takes no measures or decisions about particular people",
        _any("decision individual", "decision person", "decision pupil", "decision famil"),
    ),
    Prohibited(
        "contact_with_individuals",
        "UK GDPR Article 89(1): research that need not identify people does not, so it cannot contact them",
        _any("contact individual", "contact person", "contact pupil", "contact famil"),
    ),
    Prohibited(
        "marketing",
        "UK GDPR Article 5(1)(b) and Article 21(2): data given for education are not used to sell",
        _any("marketing", "advert"),
    ),
    Prohibited(
        "profiling",
        "UK GDPR Article 4(4) and Article 89(1): statistics are about groups and evaluate nobody",
        _any("profiling", "scor individual", "scor person"),
    ),
)
NEVER: Final = frozenset(one.id for one in PROHIBITED)


def prohibited(text: str) -> Prohibited | None:
    """The prohibited use that an id or a title names, or None."""
    return next((one for one in PROHIBITED if one.named_by(text)), None)
