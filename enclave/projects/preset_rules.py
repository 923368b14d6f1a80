"""What a house must keep to by the presets it names. Every rule reports; none stops the others."""

from decimal import Decimal

from enclave.documents import Parsed, Report
from enclave.projects.files import HouseFile
from enclave.projects.load import dominance_of
from enclave.projects.model import Method
from enclave.projects.presets import NONE, Preset, presets_named

House = Parsed[HouseFile]
Place = tuple[str | int, ...]


def check_presets(house: House, report: Report) -> None:
    """Report each number of the house that is looser than a preset which it names, and methods that are not its."""
    _names(house, report)
    for index, preset in presets_named(house.entry.defaults.presets).items():
        _numbers(house, preset, report)
        _rounding(house, index, preset, report)


def _names(house: House, report: Report) -> None:
    names = house.entry.defaults.presets
    for index, name in enumerate(names):
        place = house.place("defaults", "presets", index)
        if name in names[:index]:
            report.error(place, "duplicate", f"{name} is named twice", fix="remove one of them")
        elif name == NONE and len(names) > 1:
            message = "none stands beside a preset"
            report.error(place, "not-allowed-value", message, fix="write none alone, or remove it")


def _rounding(house: House, index: int, preset: Preset, report: Report) -> None:
    """A house of exact numbers cannot say that it keeps to rules which round."""
    defaults = house.entry.defaults
    if preset.rounding_base is None or defaults.method == Method.ROUND.value:
        return
    report.error(
        house.place("defaults", "presets", index),
        "looser-than-preset",
        f"{preset.id} shows counts to the nearest {preset.rounding_base}; the method of the house is {defaults.method}",
        why=f"the rules of {preset.body}: {preset.source}",
        fix=f"write method: round, or remove {preset.id} from defaults.presets",
    )


def _numbers(house: House, preset: Preset, report: Report) -> None:
    floors = house.entry.floors
    _at_least(house, preset, ("floors", "min_units"), floors.min_units, preset.least_units, report)
    df = ("floors", "residual_degrees_of_freedom")
    _at_least(
        house,
        preset,
        df,
        floors.residual_degrees_of_freedom,
        preset.residual_degrees_of_freedom,
        report,
    )
    if preset.dominance is None:
        return
    place, own = ("floors", "dominance"), dominance_of(floors.dominance)
    _at_least(house, preset, (*place, "nk", "n"), own.n, preset.dominance.n, report)
    _at_most(house, preset, (*place, "nk", "percent"), own.k_percent, preset.dominance.k_percent, report)
    _at_least(house, preset, (*place, "p_percent"), own.p_percent, preset.dominance.p_percent, report)


def _at_least(
    house: House, preset: Preset, path: Place, own: int | Decimal, least: int | Decimal | None, report: Report
) -> None:
    if least is not None and own < least:
        _looser(house, preset, path, f"{own}", f"{least} or more", report)


def _at_most(
    house: House, preset: Preset, path: Place, own: int | Decimal, most: int | Decimal, report: Report
) -> None:
    if own > most:
        _looser(house, preset, path, f"{own}", f"{most} or less", report)


def _looser(house: House, preset: Preset, path: Place, own: str, asked: str, report: Report) -> None:
    report.error(
        house.place(*path),
        "looser-than-preset",
        f"{path[-1]} is {own}, but {preset.id} asks for {asked}",
        why=f"house.yaml, defaults.presets; the rules of {preset.body}: {preset.source}",
        fix=f"write {asked}, or remove {preset.id} from defaults.presets",
    )
