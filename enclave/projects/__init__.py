"""Why data are used, with which fields and until when: the house's rules, and the projects under them."""

from enclave.projects.days import day_there
from enclave.projects.files import HouseFile, ProjectFile
from enclave.projects.load import house_of, project_of, read_house, read_project
from enclave.projects.model import (
    Dominance,
    FieldGrant,
    House,
    Member,
    Method,
    Policy,
    Project,
    Role,
    Route,
    Routes,
    Rules,
    Status,
    TableGrant,
)
from enclave.projects.policies import policy_of
from enclave.projects.rules import check_house, check_project

__all__ = [
    "Dominance",
    "FieldGrant",
    "House",
    "HouseFile",
    "Member",
    "Method",
    "Policy",
    "Project",
    "ProjectFile",
    "Role",
    "Route",
    "Routes",
    "Rules",
    "Status",
    "TableGrant",
    "check_house",
    "check_project",
    "day_there",
    "house_of",
    "policy_of",
    "project_of",
    "read_house",
    "read_project",
]
