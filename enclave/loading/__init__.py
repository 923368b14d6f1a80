"""Source files and catalogue into an immutable data version and the identity vault (the home's `data/`).

Queries have no place here, nor has anything after the manifest is closed.
"""

from enclave.loading.findings import Finding, LoadRefused
from enclave.loading.keys import KeyUnusable, Secrets, make_secrets, read_secrets
from enclave.loading.loader import load
from enclave.loading.manifest import (
    Column,
    DataVersion,
    LargestCluster,
    Manifest,
    RowsSeen,
    StoredFile,
    StoredTable,
    TableManifest,
    UnknownVersion,
    VersionBroken,
    open_version,
    read_manifest,
)
from enclave.loading.persons import Persons, persons_of
from enclave.loading.vault import Vault, VaultUnreadable, vault_folder
from enclave.loading.versions import (
    LoadUnderWay,
    VersionExists,
    VersionName,
    current_version,
    loaded_versions,
)
from enclave.loading.workshop import LoadLimits

__all__ = [
    "Column",
    "DataVersion",
    "Finding",
    "KeyUnusable",
    "LargestCluster",
    "LoadLimits",
    "LoadRefused",
    "LoadUnderWay",
    "Manifest",
    "Persons",
    "RowsSeen",
    "Secrets",
    "StoredFile",
    "StoredTable",
    "TableManifest",
    "UnknownVersion",
    "Vault",
    "VaultUnreadable",
    "VersionBroken",
    "VersionExists",
    "VersionName",
    "current_version",
    "load",
    "loaded_versions",
    "make_secrets",
    "open_version",
    "persons_of",
    "read_manifest",
    "read_secrets",
    "vault_folder",
]
