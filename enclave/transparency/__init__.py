"""What everybody may see: views over the policy in force and over what was recorded. Nothing here writes."""

from enclave.transparency.register import Register, register_of
from enclave.transparency.register_json import project_json, register_json

__all__ = [
    "Register",
    "project_json",
    "register_json",
    "register_of",
]
