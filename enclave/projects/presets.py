"""The published rules of five bodies as floors: what a house promises when it names one in `defaults.presets`.

The one thing to know before changing this: a preset never loosens anything. A house that names several must keep to the
strictest of each number, and its own numbers can only be stricter; `preset_rules` says where they are not. Each preset
has a page in the docs with its source, what it sets and what it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from enclave.projects.model import Dominance

NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Preset:
    """One body's rules. None, or False: the body says nothing of it.

    `min_units` is the least that any number may stand on, `min_units_of_shares` the least for a percentage. With
    `rounding_base` counts are shown to the nearest multiple of it. `class_disclosure`: fields about people hide their
    zeros, so that 0 % and 100 % tell nothing of everybody in a group.
    """

    id: str
    body: str
    source: str
    min_units: int | None = None
    min_units_of_shares: int | None = None
    dominance: Dominance | None = None
    residual_degrees_of_freedom: int | None = None
    rounding_base: int | None = None
    class_disclosure: bool = False

    @property
    def least_units(self) -> int | None:
        """What the one threshold of a house must be. Which ratio is a share cannot be told: all are held to theirs."""
        return max(
            (one for one in (self.min_units, self.min_units_of_shares) if one is not None), default=None
        )


_ALL: Final = (
    Preset(
        id="ons_srs",
        body="ONS Secure Research Service",
        source="Griffiths and others, Handbook on Statistical Disclosure Control for Outputs (SDAP, 2019); "
        "ONS, SRS Output Checking Guidance, version 1.1 (2022)",
        min_units=10,
        dominance=Dominance(n=2, k_percent=Decimal(90), p_percent=Decimal(10)),
        residual_degrees_of_freedom=10,
        class_disclosure=True,
    ),
    Preset(
        id="dfe",
        body="Department for Education",
        source="Department for Education, Explore Education Statistics: conventions for statistical symbols",
    ),
    Preset(
        id="hesa",
        body="Higher Education Statistics Agency",
        source="HESA, Rounding and suppression to anonymise statistics",
        min_units=8,  # averages need more than 7, and one threshold holds for every number here
        min_units_of_shares=23,  # percentages need at least 22.5
        rounding_base=5,
    ),
    Preset(
        id="opensafely",
        body="OpenSAFELY",
        source="OpenSAFELY, Updated disclosure control guidance; the defaults of its measures framework (2023)",
        min_units=8,  # counts of 7 or fewer are hidden
        rounding_base=5,
    ),
    Preset(
        id="ofqual",
        body="Ofqual",
        source="Ofqual, Rounding policy for statistical publications (October 2025)",
        min_units=5,  # 1 to 4 are "fewer than 5"
        rounding_base=5,
    ),
)
PRESETS: Final[Mapping[str, Preset]] = {preset.id: preset for preset in _ALL}


def presets_named(names: Sequence[str]) -> dict[int, Preset]:
    """The presets of a house by their place in its list, each once; `none` is no preset."""
    return {at: PRESETS[name] for at, name in enumerate(names) if name != NONE and name not in names[:at]}
