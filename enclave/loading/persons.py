"""Which person each dense key of a data version stands for: numbers alone, for the ledger.

Dense keys are shuffled anew for each version. What was shown over one version can be compared with what is asked over
another only by person numbers, which never change. They stay in the vault until they are asked for, and go nowhere.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from enclave.loading.keys import Secrets
from enclave.loading.vault import UNITS_FILE, Vault, vault_folder

Persons = npt.NDArray[np.int64]


def persons_of(home_data: Path, version: str, secrets: Secrets) -> dict[str, Persons]:
    """Person numbers by unit and dense key; place 0 is nobody's.

    Raises:
        VaultUnreadable: the key is another, or the vault is not as it was written.
    """
    found: dict[str, list[Persons]] = {}
    for piece in Vault(vault_folder(home_data, version), version, secrets).read(UNITS_FILE):
        units = piece.column("unit").to_numpy(zero_copy_only=False)
        persons = piece.column("person").to_numpy().astype(np.int64)
        for unit in dict.fromkeys(units.tolist()):
            found.setdefault(unit, []).append(persons[units == unit])
    nobody = np.full(1, -1, dtype=np.int64)
    return {unit: np.concatenate([nobody, *pieces]) for unit, pieces in found.items()}
