"""What a researcher uses from Python: ask queries of an enclave, and take its releases as data frames.

It knows the HTTP API and no other part of the product.

    from enclave import client

    p = client.connect()                    # with the sign-in of `enclave login`
    q = p.query("SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY 1", name="pupils-by-la")
    q.wait().table()                        # a hidden cell is <NA>
"""

from enclave.client.notebook import load_ipython_extension
from enclave.client.problems import (
    Misunderstood,
    NotReleased,
    NotSignedIn,
    Problem,
    Refused,
    Stopped,
    Unreachable,
)
from enclave.client.project import Checked, Project, connect
from enclave.client.queries import Query

__all__ = [
    "Checked",
    "Misunderstood",
    "NotReleased",
    "NotSignedIn",
    "Problem",
    "Project",
    "Query",
    "Refused",
    "Stopped",
    "Unreachable",
    "connect",
    "load_ipython_extension",
]
