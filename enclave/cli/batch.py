"""`enclave batch`: a session without a server. JSON lines in, one JSON line out for each, in order."""

from enclave.cli.edge import guarded
from enclave.cli.options import At, Home, Person, Project


@guarded
def batch(home: Home, project: Project, person: Person, at: At = None) -> None:
    """Ask many questions as one session."""
