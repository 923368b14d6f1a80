"""Codes of the little world with labels, and with years in which they were in use."""

from collections.abc import Mapping
from dataclasses import replace

from enclave.catalogue.model import Code
from tests.support.service import Service


def label(
    service: Service, code_set: str, labels: Mapping[str, str], *, valid_from: Mapping[str, str] | None = None
) -> None:
    """From now on these codes are called so; of those in `valid_from`, from that year on."""
    catalogue = service.policies.catalogue
    found = catalogue.code_sets[code_set]
    codes = tuple(
        Code(code.code, labels.get(code.code, code.label), valid_from=(valid_from or {}).get(code.code))
        for code in found.codes
    )
    sets = {**catalogue.code_sets, code_set: replace(found, codes=codes)}
    service.policies = replace(service.policies, catalogue=replace(catalogue, code_sets=sets))
