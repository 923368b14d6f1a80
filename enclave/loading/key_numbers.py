"""From the keys by which a source names units to their person numbers: for what is recorded about somebody.

The one opening of the vault by a data steward alone. Why it may be: of the vault one list is read, which has the keys
and nothing else of anybody; what is told is told of keys that the steward named, and the numbers go into the register
of consents and into no answer. So nobody is found by what they are, and nothing of anybody is read. Everything else
takes two people in two roles (`enclave.rights.moves`).

Limit: whether a key is in the data is told, to people who load the data and so have the list of its keys.
"""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from enclave.loading.keys import Secrets
from enclave.loading.units import BY_KEY
from enclave.loading.vault import PERSONS_FILE, Vault, vault_folder
from enclave.loading.versions import current_version


def numbers_of_keys(home_data: Path, secrets: Secrets, unit: str, keys: Collection[str]) -> dict[str, int]:
    """The person number of each key that the version in force knows; a key that it does not know is not in the answer.

    Raises:
        VaultUnreadable: the vault is not as it was written.
    """
    version = current_version(home_data)
    if version is None:
        return {}
    wanted, found = set(keys), dict[str, int]()
    for piece in Vault(vault_folder(home_data, version), version, secrets).read(PERSONS_FILE):
        named = pc.and_(pc.equal(piece["unit"], pa.scalar(unit)), pc.equal(piece["kind"], pa.scalar(BY_KEY)))
        own = piece.filter(pc.and_(named, pc.is_in(piece["value"], value_set=pa.array(sorted(wanted)))))
        for row in own.to_pylist():
            found[str(row["value"])] = int(row["person"])
    return found
