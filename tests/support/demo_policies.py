"""The product's own policies, read once."""

from datetime import date
from pathlib import Path

from enclave.actions.check_policy import load_policies

DEMO = load_policies(Path(__file__).parents[2] / "policies", today=date(2026, 11, 26))
