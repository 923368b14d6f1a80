"""What everybody may see: views over the policy in force and over what was recorded. Nothing here writes."""

from enclave.transparency.register import Register, register_of
from enclave.transparency.register_json import project_json, register_json
from enclave.transparency.register_page import STYLESHEET, project_page, register_page

__all__ = [
    "STYLESHEET",
    "Register",
    "project_json",
    "project_page",
    "register_json",
    "register_of",
    "register_page",
]
