"""The house's rules against the catalogue."""

from collections.abc import Collection

from enclave.actions.policy_checks.everything import Everything
from enclave.catalogue import Catalogue, Field, FieldClass, Table
from enclave.documents import Parsed, Report, did_you_mean
from enclave.projects import HouseFile
from enclave.projects.files import CLUSTER_ROUND, MarginsEntry
from enclave.projects.presets import presets_named
from enclave.terms import Zeros


def check_house_with_catalogue(everything: Everything, report: Report) -> None:
    """Report what the house names and the catalogue does not have."""
    house, catalogue = everything.house, everything.catalogue
    if house is None or catalogue is None:
        return
    if house.entry.catalogue != catalogue.name:
        message = f'the catalogue here is called "{catalogue.name}"'
        report.error(house.place("catalogue"), "unknown-catalogue", message, fix=f"write {catalogue.name}")
    _clusters_word(house, catalogue.clusters, report)
    _class_disclosure(house, catalogue, report)
    for index, margins in enumerate(house.entry.ledger.standard_margins):
        path = ("ledger", "standard_margins", index)
        if margins.table not in catalogue.tables:
            message = f'the catalogue has no table "{margins.table}".{did_you_mean(margins.table, catalogue.tables)}'
            report.error(house.place(*path, "table"), "unknown-table", message, fix="correct the name")
            continue
        _margins(house, path, margins, catalogue.tables[margins.table], report)


def _class_disclosure(house: Parsed[HouseFile], catalogue: Catalogue, report: Report) -> None:
    """Where a preset forbids class disclosure, what is known of everybody in a group is told of nobody."""
    for index, preset in presets_named(house.entry.defaults.presets).items():
        shown = [field.ref for field in _about_people(catalogue) if field.zeros is Zeros.SHOWN]
        if preset.class_disclosure and shown:
            place = house.place("defaults", "presets", index)
            message = f"{preset.id} forbids class disclosure, but {shown[0]} shows its zeros"
            why = f"0 % and 100 % of a group tell about each person in it; {preset.source}"
            fix = f"write zeros: hidden for {', '.join(map(str, shown))}; or remove {preset.id}"
            report.error(place, "looser-than-preset", message, why=why, fix=fix)


def _about_people(catalogue: Catalogue) -> list[Field]:
    """Fields of tiers 1 to 3: what a tier 4 field says of a person is known outside."""
    return [field for table in catalogue.tables.values() for field in table.fields.values() if field.tier < 4]


def _margins(
    house: Parsed[HouseFile], path: tuple[str | int, ...], margins: MarginsEntry, table: Table, report: Report
) -> None:
    """Standard margins count the units of a table at each time apart, by fields that nobody need look at."""
    if table.unit is None:
        message = f"{table.name} has no unit: there is nobody in it to count"
        report.error(house.place(*path, "table"), "standard-margins", message, fix="name a table of units")
        return
    times = [name for name in (table.year.field if table.year else None, table.term) if name is not None]
    missing = [name for name in times if name not in margins.one_per]
    if missing and set(margins.one_per) <= set(table.fields):
        message = f"the margins of {table.name} are not one per {missing[0]}"
        why = "people stand in a table once for each time; a total over several times counts them again"
        fix = f"write one_per: [{', '.join(times)}]"
        report.error(house.place(*path, "one_per"), "standard-margins", message, why=why, fix=fix)
    for at, name in enumerate(margins.one_per):
        _field(house, (*path, "one_per", at), name, table, report)
    for at, names in enumerate(margins.by):
        for place, name in enumerate(names):
            _field(house, (*path, "by", at, place), name, table, report)


def _clusters_word(house: Parsed[HouseFile], clusters: Collection[str], report: Report) -> None:
    """The number of reach per cluster is called by a cluster of the catalogue, so that a reader knows which."""
    for key in house.document.values["reach"]:
        word = str(key).removesuffix(CLUSTER_ROUND)
        if word != key and word not in clusters:
            message = f'the catalogue has no cluster "{word}".{did_you_mean(word, clusters)}'
            fix = f"write one of: {', '.join(f'{one}{CLUSTER_ROUND}' for one in clusters)}"
            report.error(house.document.key("reach", key), "unknown-cluster", message, fix=fix)


def _field(
    house: Parsed[HouseFile], path: tuple[str | int, ...], name: str, table: Table, report: Report
) -> None:
    """Margins group by dimensions below tier 1: they are entered for everybody, and no checker sees them."""
    field = table.fields.get(name)
    if field is None:
        message = f'{table.name} has no field "{name}".{did_you_mean(name, table.fields)}'
        report.error(house.place(*path), "unknown-field", message, fix="correct the name")
    elif field.kind is not FieldClass.DIMENSION or field.tier == 1:
        message = (
            f"{name} is class {field.kind}, tier {field.tier}; margins are by dimensions of tiers 2 to 4"
        )
        report.error(house.place(*path), "standard-margins", message, fix="name another field")
