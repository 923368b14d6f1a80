"""Where the policy files that come with the product are: inside an installed wheel, or beside it in a clone."""

from pathlib import Path

import enclave


def packaged_policies() -> Path:
    """The folder of policy files that a new home starts from."""
    package = Path(enclave.__file__).parent
    for folder in (package / "_policies", package.parent / "policies"):
        if (folder / "house.yaml").is_file():
            return folder
    raise FileNotFoundError("the policy files that come with enclave are missing: install it again")
