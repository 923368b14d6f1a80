"""The checker's pages: the queue, one output with all there is to see of it, and decisions.

Each decision is a form, so the keyboard works with and without scripts; `checker.js` adds single keys.
"""

from enclave.web.pages.checker.deciding import router as deciding
from enclave.web.pages.checker.past import router as past
from enclave.web.pages.checker.queue import router as queue
from enclave.web.pages.checker.revocations import router as revocations
from enclave.web.pages.checker.threads import router as threads

ROUTERS = (queue, past, deciding, revocations, threads)
