"""The researcher's side: projects and their fields, the editor, queries and outputs."""

from enclave.web.pages.researcher.asking import router as asking
from enclave.web.pages.researcher.history import router as history
from enclave.web.pages.researcher.outputs import router as outputs
from enclave.web.pages.researcher.projects import router as projects
from enclave.web.pages.researcher.queries import router as queries
from enclave.web.pages.researcher.saved import router as saved

ROUTERS = (projects, asking, queries, saved, history, outputs)
