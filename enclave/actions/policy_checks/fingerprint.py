"""One hash over everything that a policy says."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

KINDS: Final = ("house.yaml", "catalogue/*.yaml", "catalogue/*.csv", "catalogue/tables/*.yaml")
RECORDS: Final = ("organisations/*.yaml", "people/*.yaml", "projects/*.yaml")
TESTS: Final = ".tests.yaml"


def policy_files(folder: Path) -> Iterator[Path]:
    """The files that a policy is made of, in a fixed order; tests of a policy are no part of it."""
    for pattern in (*KINDS, *RECORDS):
        yield from (path for path in sorted(folder.glob(pattern)) if not path.name.endswith(TESTS))


def fingerprint(folder: Path) -> str:
    """SHA-256 over names and contents of the policy files. Line ends are read as LF: git may have changed them."""
    whole = hashlib.sha256()
    for path in policy_files(folder):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(folder).as_posix()
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()
