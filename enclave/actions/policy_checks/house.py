"""The house's rules against the catalogue."""

from collections.abc import Collection

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report, did_you_mean
from enclave.projects import HouseFile
from enclave.projects.files import CLUSTER_ROUND


def check_house_with_catalogue(everything: Everything, report: Report) -> None:
    """Report what the house names and the catalogue does not have."""
    house, catalogue = everything.house, everything.catalogue
    if house is None or catalogue is None:
        return
    if house.entry.catalogue != catalogue.name:
        message = f'the catalogue here is called "{catalogue.name}"'
        report.error(house.place("catalogue"), "unknown-catalogue", message, fix=f"write {catalogue.name}")
    _clusters_word(house, catalogue.clusters, report)
    for index, margins in enumerate(house.entry.ledger.standard_margins):
        path = ("ledger", "standard_margins", index)
        if margins.table not in catalogue.tables:
            message = f'the catalogue has no table "{margins.table}".{did_you_mean(margins.table, catalogue.tables)}'
            report.error(house.place(*path, "table"), "unknown-table", message, fix="correct the name")
            continue
        fields = catalogue.tables[margins.table].fields
        for at, name in enumerate(margins.one_per):
            _field(house, (*path, "one_per", at), name, margins.table, fields, report)
        for at, names in enumerate(margins.by):
            for place, name in enumerate(names):
                _field(house, (*path, "by", at, place), name, margins.table, fields, report)


def _clusters_word(house: Parsed[HouseFile], clusters: Collection[str], report: Report) -> None:
    """The number of reach per cluster is called by a cluster of the catalogue, so that a reader knows which."""
    for key in house.document.values["reach"]:
        word = str(key).removesuffix(CLUSTER_ROUND)
        if word != key and word not in clusters:
            message = f'the catalogue has no cluster "{word}".{did_you_mean(word, clusters)}'
            fix = f"write one of: {', '.join(f'{one}{CLUSTER_ROUND}' for one in clusters)}"
            report.error(house.document.key("reach", key), "unknown-cluster", message, fix=fix)


def _field(
    house: Parsed[HouseFile],
    path: tuple[str | int, ...],
    name: str,
    table: str,
    fields: Collection[str],
    report: Report,
) -> None:
    if name not in fields:
        message = f'{table} has no field "{name}".{did_you_mean(name, fields)}'
        report.error(house.place(*path), "unknown-field", message, fix="correct the name")
